/** The only entry of the bundle: exactly the registered workflow types. */
export { action } from './action/action.js';
export { actionDispatcher } from './dispatch/action-dispatcher.js';
export { build } from './build/build.js';
export { buildDispatcher } from './dispatch/build-dispatcher.js';
export { changeStorage } from './project/change-storage.js';
export { emptyTrash } from './project/empty-trash.js';
export { maintenance } from './maintenance/maintenance.js';
export { project } from './project/project.js';
export { resign } from './signing/resign.js';
export { pruneAll } from './prune/prune-all.js';
export { pruneResults } from './prune/prune-results.js';
export { repository } from './repository/repository.js';
export { repositoryRequest } from './repository/repository-request.js';

/** The bundle's one entry: exactly the registered workflow types. */
export { action } from './action.js';
export { actionDispatcher } from './action-dispatcher.js';
export { build } from './build.js';
export { buildDispatcher } from './build-dispatcher.js';
export { emptyTrash } from './empty-trash.js';
export { project } from './project.js';
export { resign } from './resign.js';
export { pruneResults } from './prune-results.js';
export { repository } from './repository.js';
export { repositoryRequest } from './repository-request.js';

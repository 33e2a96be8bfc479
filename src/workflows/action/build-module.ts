import { askManyRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';

/** Puts the module's document into every directory's modules.yaml and renews their metadata. */
export const buildModule: Execute<'buildModule'> = async ({ modulemd, builds, requests }, context) => {
  if (context.place.answered === 0)
    await context.activities.installModules({ actionId: context.input.actionId, modulemd, builds, requests });
  return askManyRepositories(requests, context);
};

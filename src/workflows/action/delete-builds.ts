import { askManyRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';
import { discardAll } from './discard.js';

/**
 * Builds leave the metadata first; their repositories remove them once no client may read them any more. No lock: each
 * repository owns its packages, and many deletes become few runs. What no metadata names goes beside that.
 */
export const deleteBuilds: Execute<'deleteBuilds'> = async ({ requests, loose }, context) => {
  const failures = await askManyRepositories(requests, context);
  const hasLoose = loose.paths.file !== null || loose.paths.items.length > 0;
  if (hasLoose) await discardAll(context, { kind: 'paths', owner: loose.owner, list: loose.paths });
  return failures;
};

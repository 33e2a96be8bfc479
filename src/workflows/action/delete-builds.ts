import { askManyRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';
import { discardAll } from './discard.js';

/**
 * Builds leave the metadata first; their repositories remove the files once no client may read them any more. No lock
 * is needed: each repository owns its packages, and many deletes are merged into few runs. Files that no metadata names
 * are removed alongside.
 */
export const deleteBuilds: Execute<'deleteBuilds'> = async ({ requests, loose }, context) => {
  const failures = await askManyRepositories(requests, context);
  const hasLoose = loose.paths.file !== null || loose.paths.items.length > 0;
  if (hasLoose) await discardAll(context, { what: { kind: 'paths', owner: loose.owner, list: loose.paths } });
  return failures;
};

import { repositoryChange } from '../../contracts/repository/repository.js';
import { askRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';

/** Replaces or removes comps.xml and renews the metadata. */
export const updateComps: Execute<'updateComps'> = async ({ repository, urlPath }, context) => {
  const { actionId } = context.input;
  const { needsPublication } = await context.activities.installComps({ actionId, repository, urlPath });
  if (!needsPublication) return [];
  const change = repositoryChange('reread');
  return askRepositories({ items: [{ repository, change }], file: null }, context);
};

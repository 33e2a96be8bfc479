import { repositoryChange } from '../../contracts/repository.js';
import { askRepositories } from './ask-repositories.js';
import type { CarryOut } from './carrying-out.js';

/** Another comps.xml, or none, and metadata that say so now. */
export const updateComps: CarryOut<'updateComps'> = async ({ repository, urlPath }, context) => {
  const { changed } = await context.activities.installComps({ actionId: context.input.actionId, repository, urlPath });
  if (!changed) return [];
  const change = repositoryChange('reread');
  return askRepositories({ items: [{ repository, change }], file: null }, context);
};

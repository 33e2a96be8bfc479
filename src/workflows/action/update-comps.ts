import { repositoryChange } from '../../contracts/repository/repository.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';
import { askRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';

/** Replaces or removes comps.xml and renews the metadata. */
export const updateComps: Execute<'updateComps'> = async (plan, context) => {
  const { repository, urlPath } = plan;
  const where = inStore(storeOf(plan));
  const { actionId } = context.input;
  const { needsPublication } = await context.activities.installComps({ actionId, repository, urlPath, ...where });
  if (!needsPublication) return [];
  const change = repositoryChange('reread', where);
  return askRepositories({ items: [{ repository, change }], file: null }, context);
};

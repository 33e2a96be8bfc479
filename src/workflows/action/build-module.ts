import { inStore, storeOf } from '../../contracts/store-kind.js';
import { askManyRepositories } from './ask-repositories.js';
import type { Execute } from './execution.js';

/** Puts the module's document into every directory's modules.yaml and renews their metadata. */
export const buildModule: Execute<'buildModule'> = async (plan, context) => {
  const { modulemd, builds, requests } = plan;
  if (context.place.answered === 0) {
    const { actionId } = context.input;
    await context.activities.installModules({ actionId, modulemd, builds, requests, ...inStore(storeOf(plan)) });
  }
  return askManyRepositories(requests, context);
};

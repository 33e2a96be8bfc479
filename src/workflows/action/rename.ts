import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { cutToFit } from '../../contracts/bounded-text.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { resignStart, workflowName } from '../../contracts/names/ids.js';
import type { ResignTarget } from '../../contracts/signing/resign.js';
import { inStore, storeOf, type StoreKind } from '../../contracts/store-kind.js';
import type { Workflows, WorkflowType } from '../../contracts/workflows.js';
import { askRepositories } from './ask-repositories.js';
import type { ActionContext, Execute } from './execution.js';
import { underLocksOf } from './under-locks.js';

/**
 * Moves the directories first, then gives each one the key of its new name and its packages new signatures, then renews
 * all metadata. Meanwhile clients find what they found before: the old URL leads to the new one, and the old key stays
 * until the new one is in place.
 */
export const rename: Execute<'rename'> = async (plan, context) => {
  const { source, destination, sign } = plan;
  const store = storeOf(plan);
  const { activities, input, waitFor } = context;
  const { owner } = destination;
  const names = [source, destination].map((project) => `${project.owner}/${project.project}`);
  return underLocksOf(context, [source, destination], 'rename', async () => {
    waitFor({ reason: 'renaming', detail: names.join(' to ') });
    const renaming = { actionId: input.actionId, source, destination, sign, ...inStore(store) };
    const first = await activities.renameProject({ ...renaming, after: null });
    const failures: FailureFact[] = [];
    for (let page = first; ;) {
      for (const dirname of sign ? page.dirnames : [])
        failures.push(...(await resignDirectory({ owner, dirname }, store, context)));
      const after = page.dirnames.at(-1);
      if (page.isLast || after === undefined) break;
      page = await activities.renameProject({ ...renaming, after });
    }
    return [...failures, ...(await askRepositories(first.requests, context))];
  });
};

/**
 * Renews key, signatures and metadata of one directory in a workflow that can be watched and paused like any of its
 * kind.
 */
async function resignDirectory(
  target: ResignTarget,
  store: StoreKind,
  { input, waitFor }: ActionContext,
): Promise<readonly FailureFact[]> {
  const start = resignStart(target, input.actionId);
  const name = workflowName(start);
  waitFor({ reason: 'signing', detail: name });
  const { storage, durations, actionId } = input;
  const outcome = await executeChild<Workflows['resign']>('resign' satisfies WorkflowType, {
    ...start,
    args: [{ target, chroots: null, within: 'action', ...inStore(store), storage, durations, carried: null }],
    // When someone terminates the action, packages must not stay that the metadata does not name, so the batch under
    // way is still published.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: cutToFit(`re-signing ${target.owner}/${target.dirname} for action ${actionId}`),
  });
  if (outcome.result === 'succeeded') return [];
  return [{ code: 'SigningFailed', message: `${name}: ${outcome.message ?? 'see its status'}` }];
}

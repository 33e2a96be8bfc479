import { executeChild, ParentClosePolicy } from '@temporalio/workflow';
import { cutToFit } from '../../contracts/bounded-text.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { resignStart, workflowName } from '../../contracts/names/ids.js';
import type { ResignTarget } from '../../contracts/signing/resign.js';
import type { Workflows, WorkflowType } from '../../contracts/workflows.js';
import { askRepositories } from './ask-repositories.js';
import type { ActionContext, Execute } from './execution.js';
import { underLocksOf } from './under-locks.js';

/**
 * The directories move first, then each gets the key of its new name and the signatures of that, then all metadata is
 * made again. While this goes on clients find what they found before: by the old URL, which leads to the new one, and
 * with the old key until the new one lies there.
 */
export const rename: Execute<'rename'> = async ({ source, destination, sign }, context) => {
  const { activities, input, waitFor } = context;
  const { owner } = destination;
  const names = [source, destination].map((project) => `${project.owner}/${project.project}`);
  return underLocksOf(context, [source, destination], 'rename', async () => {
    waitFor({ reason: 'renaming', detail: names.join(' to ') });
    const renaming = { actionId: input.actionId, source, destination, sign };
    const first = await activities.renameProject({ ...renaming, after: null });
    const failures: FailureFact[] = [];
    for (let page = first; ;) {
      for (const dirname of sign ? page.dirnames : []) failures.push(...(await signAnew({ owner, dirname }, context)));
      const after = page.dirnames.at(-1);
      if (page.isLast || after === undefined) break;
      page = await activities.renameProject({ ...renaming, after });
    }
    return [...failures, ...(await askRepositories(first.requests, context))];
  });
};

/** Key, signatures and metadata of one directory, by a workflow that can be looked at and paused like any of its kind. */
async function signAnew(target: ResignTarget, { input, waitFor }: ActionContext): Promise<readonly FailureFact[]> {
  const start = resignStart(target, input.actionId);
  const name = workflowName(start);
  waitFor({ reason: 'signing', detail: name });
  const { storage, durations, actionId } = input;
  const outcome = await executeChild<Workflows['resign']>('resign' satisfies WorkflowType, {
    ...start,
    args: [{ target, chroots: null, within: 'action', storage, durations, carried: null }],
    // Ended by hand, an action must not leave packages that the metadata does not name: the batch under way is published.
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: cutToFit(`signing anew ${target.owner}/${target.dirname} for action ${actionId}`),
  });
  if (outcome.result === 'succeeded') return [];
  return [{ code: 'SigningFailed', message: `${name}: ${outcome.message ?? 'see its status'}` }];
}

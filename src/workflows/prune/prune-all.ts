import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, executeChild, ParentClosePolicy } from '@temporalio/workflow';
import type { PruneAllInput } from '../../contracts/inputs.js';
import { pruneWorkflowId } from '../../contracts/names/ids.js';
import type { PrunePlanFile, PruneRound } from '../../contracts/prune/prune.js';
import type { Workflows, WorkflowType } from '../../contracts/workflows.js';
import { showDetails } from '../current-details.js';
import { activitiesFor } from '../retry/proxies.js';
import { wasCanceled } from '../was-canceled.js';

/**
 * One round of pruning in a results tree: plans like `copr-prune-results`, and runs the plan in the workflow that the
 * command would start, under the same id, so that the command shows, pauses and ends it. A Schedule starts it again and
 * again. A plan that is already running is left alone, and nothing is planned beside it. If a person cancels or pauses
 * this one, that is respected.
 */
export async function pruneAll(input: PruneAllInput): Promise<PruneRound> {
  const { days, caps, parallel } = input;
  showDetails([['stage', 'planning']]);
  const planned = await activitiesFor(input).planPrune({ days, caps, parallel });
  if (planned.result === 'underWay') return { result: 'underWay', leftOut: 0, outcome: null };
  const { leftOut } = planned;
  if (planned.result === 'nothing') return { result: 'nothing', leftOut, outcome: null };
  const { plan } = planned;
  showDetails([
    ['stage', `the plan is carried out: ${pruneWorkflowId(input.storage)}`],
    ['plan', `${plan.count} packages and directories go: ${plan.file}`],
    ['left out', leftOut === 0 ? '' : `${leftOut} projects or directories: see pruner.log`],
  ]);
  return { leftOut, ...(await execute(plan, input)) };
}

async function execute(plan: PrunePlanFile, input: PruneAllInput): Promise<Omit<PruneRound, 'leftOut'>> {
  const { storage, durations, parallel, stepLines } = input;
  try {
    const outcome = await executeChild<Workflows['pruneResults']>('pruneResults' satisfies WorkflowType, {
      workflowId: pruneWorkflowId(storage),
      args: [{ plan, parallel, stepLines, storage, durations, carried: null }],
      // When someone terminates a round, its plan is canceled with it; steps under way still finish.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `prunes ${plan.count} packages and directories, as every day`,
    });
    return { result: outcome.result, outcome };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { result: 'underWay', outcome: null };
    if (!wasCanceled(error) || CancellationScope.current().consideredCancelled) throw error;
    return { result: 'canceled', outcome: null };
  }
}

import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { isHandedOn } from '../../contracts/detached.js';
import type { AdmissionStatus, DispatcherName } from '../../contracts/dispatch/dispatch.js';
import type { DispatcherInput } from '../../contracts/inputs.js';
import type { Workflows } from '../../contracts/workflows.js';
import { admissionQuery, dispatchViewQuery, limitsAdoptedSignal, taskEndedSignal } from '../../contracts/messages.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { DispatchLedger } from '../../domain/dispatch/dispatch-ledger.js';
import { EventBudget } from '../../domain/event-budget.js';
import { packState, packView, unpackState } from '../../domain/dispatch/packed-tasks.js';
import type { Dispatch } from './dispatch.js';
import { confirmWhatDoesNotRun } from '../cancel/cancel-answers.js';
import { watchCancelRequests } from '../cancel/cancel-requests.js';
import { workflowTime } from '../clock.js';
import type { Detail } from '../current-details.js';
import { DispatchTrouble } from './dispatch-trouble.js';
import { onQuery, onSignal } from '../handlers.js';
import { longLived, type LongLived } from '../long-lived.js';
import { activitiesFor } from '../retry/proxies.js';
import { startAdmitted } from './start-admitted.js';
import { wasCanceled } from '../was-canceled.js';

/**
 * Decides what runs: records polls, starts admitted tasks, remembers what ended. A poll only looks and proposes, so a
 * poll that dies has changed nothing. A poll under way is awaited, however many tasks end meanwhile. Starts and cancel
 * requests run in parallel with it, so that neither waits for the frontend's list. Never ends by itself.
 */
export async function dispatch(of: DispatcherName, input: DispatcherInput): Promise<void> {
  const [run, life] = begin(of, input);
  const { ledger, budget } = run;
  const beside = new CancellationScope();
  const defect: { error?: unknown } = {};
  const work = beside.run(() => Promise.all(of === 'builds' ? besideBuilds(run) : [startAdmitted(run)]));
  work.catch((error: unknown) => {
    if (!wasCanceled(error)) defect.error = error;
  });
  while (!budget.isSpent) {
    run.isPollWanted = false;
    await poll(run);
    life.show();
    budget.spend('timer');
    await condition(() => run.isPollWanted || budget.startsOver || 'error' in defect, ledger.pause * 1000);
    if ('error' in defect) throw defect.error; // fails the workflow task: stops with its reason, loses nothing
  }
  beside.cancel();
  await life.continueAsNewWhenFull();
}

function begin(of: DispatcherName, input: DispatcherInput): readonly [Dispatch, LongLived] {
  const ledger = new DispatchLedger(input.state === null ? null : unpackState(input.state), workflowInfo().runId);
  const budget = new EventBudget(input.eventLimit);
  const run: Dispatch = {
    ...{ of, ledger, budget, trouble: new DispatchTrouble(), activities: activitiesFor(ledger) },
    ...{ isPollWanted: false, lastPoll: null },
  };
  const life = longLived<Workflows['buildDispatcher' | 'actionDispatcher']>({
    budget,
    handlers: () => [
      onQuery(admissionQuery, () => statusOf(run)),
      onQuery(dispatchViewQuery, () => packView(ledger.view())),
      onSignal(taskEndedSignal, (end) => {
        ledger.recordEnd(end);
        ledger.refill();
        run.isPollWanted ||= ledger.wantsPoll;
      }),
      onSignal(limitsAdoptedSignal, (source) => {
        ledger.adoptLimits(source);
        run.isPollWanted = true;
      }),
    ],
    details: () => detailsOf(statusOf(run)),
    next: () => ({ ...input, state: packState(ledger.state()) }),
  });
  return [run, life];
}

function besideBuilds(run: Dispatch): readonly Promise<void>[] {
  return [startAdmitted(run), watchCancelRequests(run), confirmWhatDoesNotRun(run)];
}

async function poll(run: Dispatch): Promise<void> {
  const { of, ledger, budget, trouble, activities } = run;
  budget.spend('activity');
  try {
    const result = await activities.pollTasks({ of });
    trouble.over('poll');
    run.lastPoll = workflowTime();
    if (result === null) return;
    ledger.recordPoll(result);
    run.isPollWanted ||= result.isCut;
  } catch (error) {
    if (wasCanceled(error)) throw error;
    if (!isHandedOn(error)) trouble.note('poll', error);
    run.isPollWanted = false;
  }
}

function statusOf({ ledger, lastPoll, trouble }: Dispatch): AdmissionStatus {
  return ledger.status({ lastPoll, lastFailure: trouble.last });
}

function detailsOf(status: AdmissionStatus): readonly Detail[] {
  const { running, starting, limits, reserve, listed, lastPoll, lastFailure } = status;
  return [
    ['running', `${running} of ${limits.maxWorkers}${starting === 0 ? '' : `, ${starting} of them starting`}`],
    ['next', reserve.slice(0, 5).join(', ') || 'nothing'],
    ['listed by the frontend', String(listed)],
    ['last poll', lastPoll ?? 'none yet'],
    ['failing', failureText(lastFailure)],
  ];
}

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.js';
import { isHandedOn } from '../contracts/detached.js';
import type { AdmissionStatus, DispatcherName } from '../contracts/dispatch.js';
import type { DispatcherInput } from '../contracts/inputs.js';
import { admissionQuery, dispatchViewQuery, limitsAdoptedSignal, taskEndedSignal } from '../contracts/messages.js';
import { DispatchLedger } from '../domain/dispatch-ledger.js';
import { EventBudget } from '../domain/event-budget.js';
import { packState, packView, unpackState } from '../domain/packed-tasks.js';
import { confirmWhatDoesNotRun, watchCancelRequests } from './cancel-requests.js';
import { workflowTime } from './clock.js';
import { DispatchTrouble } from './dispatch-trouble.js';
import { activitiesFor } from './proxies.js';
import { startAdmitted } from './start-admitted.js';

/** What the parts of a dispatcher share. */
export type Dispatch = {
  readonly of: DispatcherName;
  readonly ledger: DispatchLedger;
  readonly budget: EventBudget;
  readonly trouble: DispatchTrouble;
  readonly activities: Activities;
};

/**
 * Decides what runs: records polls, has started what was admitted, remembers what ended. A poll is one look; it proposes,
 * and one that dies has changed nothing. A poll that is out is waited for, however much ends meanwhile. Starting and
 * cancel requests go on beside it, so that neither waits for the frontend's list. Returns the input to begin anew with.
 */
export async function dispatch(of: DispatcherName, input: DispatcherInput): Promise<DispatcherInput> {
  const state = input.state === null ? null : unpackState(input.state);
  const ledger = new DispatchLedger(state, workflowInfo().runId);
  const budget = new EventBudget(input.eventLimit);
  const trouble = new DispatchTrouble();
  const run: Dispatch = { of, ledger, budget, trouble, activities: activitiesFor(ledger) };
  let isPollWanted = false;
  let lastPoll: string | null = null;

  setHandler(admissionQuery, status);
  setHandler(dispatchViewQuery, () => packView(ledger.view()));
  setHandler(taskEndedSignal, (end) => {
    budget.spend('signal');
    ledger.recordEnd(end);
    ledger.refill();
    isPollWanted ||= ledger.wantsPoll;
  });
  setHandler(limitsAdoptedSignal, (source) => {
    budget.spend('signal');
    ledger.adoptLimits(source);
    isPollWanted = true;
  });

  const beside = new CancellationScope();
  const defect: { error?: unknown } = {};
  const work = beside.run(() => Promise.all(of === 'builds' ? besideBuilds(run) : [startAdmitted(run)]));
  work.catch((error: unknown) => {
    if (!isCancellation(error)) defect.error = error;
  });
  while (!budget.isSpent) {
    isPollWanted = false;
    await poll();
    show();
    budget.spend('timer');
    await condition(() => isPollWanted || 'error' in defect, ledger.pause * 1000);
    if ('error' in defect) throw defect.error; // fails the workflow task: parks the dispatcher with its reason, and loses nothing
  }
  beside.cancel();
  await condition(allHandlersFinished);
  return { ...input, state: packState(ledger.state()) };

  async function poll(): Promise<void> {
    budget.spend('activity');
    try {
      const result = await run.activities.pollTasks({ of });
      trouble.over('poll');
      lastPoll = workflowTime();
      if (result === null) return;
      ledger.recordPoll(result);
      isPollWanted ||= result.isCut;
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (!isHandedOn(error)) trouble.note('poll', error);
      isPollWanted = false;
    }
  }

  function status(): AdmissionStatus {
    return ledger.status({ lastPoll, lastFailure: trouble.last });
  }

  function show(): void {
    const { running, starting, limits, reserve, listed, lastFailure } = status();
    setCurrentDetails(
      [
        `**running**: ${running} of ${limits.maxWorkers}${starting === 0 ? '' : `, ${starting} of them starting`}`,
        `**next**: ${reserve.slice(0, 5).join(', ') || 'nothing'}`,
        `**listed by the frontend**: ${listed}`,
        `**last poll**: ${lastPoll ?? 'none yet'}`,
        lastFailure === null ? '' : `**failing**: ${lastFailure.code}: ${lastFailure.message}`,
      ]
        .filter((line) => line !== '')
        .join('\n\n'),
    );
  }
}

function besideBuilds(run: Dispatch): readonly Promise<void>[] {
  return [startAdmitted(run), watchCancelRequests(run), confirmWhatDoesNotRun(run)];
}

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AdmissionStatus, DispatchState, PollResult, TaskFacts } from '../contracts/dispatch.js';
import { admissionQuery, dispatchViewQuery, taskEndedSignal } from '../contracts/messages.js';
import { DispatchLedger } from '../domain/dispatch-ledger.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

/** Begin anew well before the server's limit of 51,200 events; each task and each poll adds some. */
const MAX_HISTORY = 6000;
/** Shortest time between the starts of two polls, in ms: freed slots must not turn into a storm on the frontend. */
const SHORTEST_PAUSE_MS = 500;

export type DispatcherKind = {
  readonly of: 'builds' | 'actions';
  /** Starts the task's workflow; one that runs already is an answer, not an error. */
  readonly start: (task: TaskFacts, ledger: DispatchLedger) => Promise<void>;
  /** Id of a task's workflow where cancel requests exist, null where the frontend knows none. */
  readonly cancelable: ((taskId: string) => string) | null;
};

/**
 * Decides what runs: records polls, starts what was admitted, remembers what ended. Polls are activities that propose;
 * one that dies has changed nothing. Returns the state to begin anew with when its history has grown long.
 */
export async function dispatch(kind: DispatcherKind, carried: DispatchState | null): Promise<DispatchState> {
  const ledger = new DispatchLedger(carried);
  const { pollTasks, awaitCancelRequests, confirmCancelRequests } = activitiesFor(ledger);
  let pollWanted = false;
  let lastFailure: AdmissionStatus['lastFailure'] = null;
  let watching: CancellationScope | undefined;
  let polling: CancellationScope | undefined;

  setHandler(admissionQuery, () => ledger.status(lastFailure));
  setHandler(dispatchViewQuery, () => ledger.view());
  setHandler(taskEndedSignal, async ({ taskId, at }) => {
    ledger.recordEnd(taskId, at);
    await startAll(ledger.refill());
    if (!ledger.wantsPoll) return;
    pollWanted = true;
    polling?.cancel();
  });

  const full = (): boolean => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > MAX_HISTORY;
  const watcher = kind.cancelable === null ? Promise.resolve() : watchCancelRequests(kind.cancelable);
  while (!full()) {
    const began = Date.now();
    pollWanted = false;
    const result = await pollOnce();
    if (result !== null) await startAll(ledger.recordPoll(result));
    show();
    await condition(() => pollWanted, ledger.pause * 1000);
    const rest = began + SHORTEST_PAUSE_MS - Date.now();
    if (rest > 0) await condition(() => false, rest);
  }
  watching?.cancel();
  await watcher;
  await condition(allHandlersFinished);
  return ledger.state();

  /** Null when there was nothing to record, or when a freed slot called for a new poll. */
  async function pollOnce(): Promise<PollResult | null> {
    const generation = ledger.nextGeneration();
    polling = new CancellationScope();
    try {
      return await polling.run(() => pollTasks({ of: kind.of, generation }));
    } catch (error) {
      if (isCancellation(error)) return null;
      lastFailure = { ...failureFact(error), at: new Date().toISOString() };
      log.error('poll failed', { of: kind.of, ...lastFailure });
      return null;
    } finally {
      polling = undefined;
    }
  }

  async function startAll(tasks: readonly TaskFacts[]): Promise<void> {
    await Promise.all(tasks.map((task) => kind.start(task, ledger)));
  }

  async function watchCancelRequests(workflowIdOf: (taskId: string) => string): Promise<void> {
    while (!full()) {
      watching = new CancellationScope();
      const seen = await takeCancelRequests(watching);
      const requests = seen.map((taskId) => ({ taskId, running: ledger.recordCancel(taskId) }));
      await Promise.all(
        requests.filter(({ running }) => running).map(({ taskId }) => cancelWorkflow(workflowIdOf(taskId))),
      );
      if (requests.length > 0) await confirmCancelRequests({ requests });
    }
  }

  async function takeCancelRequests(scope: CancellationScope): Promise<readonly string[]> {
    try {
      const { taskIds } = await scope.run(() => awaitCancelRequests({ generation: ledger.view().generation }));
      return taskIds;
    } catch (error) {
      if (!isCancellation(error)) lastFailure = { ...failureFact(error), at: new Date().toISOString() };
      return [];
    }
  }

  function show(): void {
    const status = ledger.status(lastFailure);
    setCurrentDetails(
      [
        `**running**: ${status.running} of ${status.limits.maxWorkers}`,
        `**next**: ${status.reserve.slice(0, 5).join(', ') || 'nothing'}`,
        `**listed by the frontend**: ${status.listed}`,
        `**last poll**: ${status.lastPoll ?? 'none yet'}`,
        status.lastFailure === null
          ? ''
          : `**last failure**: ${status.lastFailure.code}: ${status.lastFailure.message}`,
      ]
        .filter((line) => line !== '')
        .join('\n\n'),
    );
  }
}

async function cancelWorkflow(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).cancel();
  } catch {
    // It ended in this very moment; its own report says how.
  }
}

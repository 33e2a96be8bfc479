import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { AdmissionStatus, PollResult, TaskFacts } from '../contracts/dispatch.js';
import type { DispatcherInput } from '../contracts/inputs.js';
import { admissionQuery, dispatchViewQuery, taskEndedSignal } from '../contracts/messages.js';
import { DispatchLedger } from '../domain/dispatch-ledger.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

/** Begin anew well before the server's limit of 51,200 events; each task and each poll adds some. */
const MAX_HISTORY = 6000;
/** Shortest time between two polls, in ms: freed slots must not turn into a storm on the frontend. */
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
 * one that dies has changed nothing. Returns the input to begin anew with when its history has grown long.
 */
export async function dispatch(kind: DispatcherKind, input: DispatcherInput): Promise<DispatcherInput> {
  const ledger = new DispatchLedger(input.state);
  const { pollTasks, awaitCancelRequests, confirmCancelRequests } = activitiesFor(ledger);
  let pollWanted = false;
  const trouble = new Map<'poll' | 'cancels', AdmissionStatus['lastFailure']>();
  let lastPoll: string | null = null;
  let watching: CancellationScope | undefined;
  let polling: CancellationScope | undefined;

  setHandler(admissionQuery, status);
  setHandler(dispatchViewQuery, () => ledger.view());
  setHandler(taskEndedSignal, async ({ taskId, at }) => {
    ledger.recordEnd(taskId, at);
    await startAll(ledger.refill());
    if (!ledger.wantsPoll) return;
    pollWanted = true;
    polling?.cancel();
  });

  const full = (): boolean =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (input.eventLimit ?? MAX_HISTORY);
  const watcher = kind.cancelable === null ? Promise.resolve() : watchCancelRequests(kind.cancelable);
  while (!full()) {
    pollWanted = false;
    const result = await pollOnce();
    if (result !== null) await startAll(ledger.recordPoll(result));
    show();
    // No clock decides what is scheduled here: behind a workflow task that timed out the time of a running worker was
    // seen to stand still, so that a replay, whose time did not, took the other way and the dispatcher stood for ever.
    await sleep(SHORTEST_PAUSE_MS);
    await condition(() => pollWanted, Math.max(1, ledger.pause * 1000 - SHORTEST_PAUSE_MS));
  }
  watching?.cancel();
  await watcher;
  await condition(allHandlersFinished);
  return { ...input, state: ledger.state() };

  /** Null when there was nothing to record, or when a freed slot called for a new poll. */
  async function pollOnce(): Promise<PollResult | null> {
    const generation = ledger.nextGeneration();
    polling = new CancellationScope();
    try {
      const result = await polling.run(() => pollTasks({ of: kind.of, generation }));
      trouble.delete('poll');
      lastPoll = new Date().toISOString();
      return result;
    } catch (error) {
      if (!isCancellation(error)) note('poll', error);
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
      trouble.delete('cancels');
      return taskIds;
    } catch (error) {
      if (isCancellation(error)) return [];
      note('cancels', error);
      // A frontend that refuses is not asked in a storm; it may be put right any time.
      await scope.run(() => sleep(ledger.pause * 1000)).catch(() => undefined);
      return [];
    }
  }

  function note(what: 'poll' | 'cancels', error: unknown): void {
    const failure = { ...failureFact(error), at: new Date().toISOString() };
    trouble.set(what, failure);
    log.error('the frontend cannot be asked', { of: kind.of, what, ...failure });
  }

  function status(): AdmissionStatus {
    return ledger.status({ lastPoll, lastFailure: trouble.get('poll') ?? trouble.get('cancels') ?? null });
  }

  function show(): void {
    const { running, limits, reserve, listed, lastFailure } = status();
    setCurrentDetails(
      [
        `**running**: ${running} of ${limits.maxWorkers}`,
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

async function cancelWorkflow(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).cancel();
  } catch {
    // It ended in this very moment; its own report says how.
  }
}

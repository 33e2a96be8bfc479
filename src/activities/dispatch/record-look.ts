import type { DispatchView, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { MissingRecords, type RecordAnswer } from '../../domain/dispatch/missing-records.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ActivityDependencies } from '../dependencies.js';

/** Number of records requested in parallel, and in one poll. */
const PARALLEL = 10;
const MAX_RECORDS = 200;
/** After this many answers without a result the poll asks for no more: all other tasks wait for the poll. */
const MAX_IN_VAIN = 20;
/** Longest wait for one record, in ms. */
const ANSWER_MS = 10_000;

/**
 * Tells a poll which listed builds the frontend has no record of, so that none of them is offered: asks again for those
 * that ended for this reason, and for others of their chroots. Remembers between polls when it asked for each.
 */
export function createRecordLook(
  deps: Pick<ActivityDependencies, 'frontend' | 'log'>,
): (
  listed: readonly TaskFacts[],
  view: Pick<DispatchView, 'running' | 'tombstones' | 'lastEnd'>,
  signal: AbortSignal,
) => Promise<ReadonlySet<string>> {
  const { frontend, log } = deps;
  const records = new MissingRecords();

  return async (listed, view, signal) => {
    records.look(listed, view, Date.now());
    let [asked, inVain] = [0, 0];
    while (asked < MAX_RECORDS && inVain < MAX_IN_VAIN) {
      const due = records.due(PARALLEL, Date.now());
      if (due.length === 0) break;
      const answers = await Promise.all(due.map((task) => ask(task, signal)));
      for (const [index, task] of due.entries()) records.heard(task, answers[index] ?? 'unknown', Date.now());
      asked += due.length;
      inVain += answers.filter((answer) => answer !== 'record').length;
    }
    return records.held;
  };

  /** A record that the frontend cannot serve affects no other task. */
  async function ask({ taskId }: TaskFacts, signal: AbortSignal): Promise<RecordAnswer> {
    const late = AbortSignal.timeout(ANSWER_MS);
    try {
      const record = await frontend.buildTask(taskId, AbortSignal.any([signal, late]));
      return record === null ? 'none' : 'record';
    } catch (error) {
      signal.throwIfAborted();
      if (!late.aborted && !(error instanceof PortFailure)) throw error;
      log.warn({ taskId, err: error }, 'the frontend did not say whether it has a record of a task');
      return error instanceof PortFailure && !error.retryable ? 'refused' : 'unknown';
    }
  }
}

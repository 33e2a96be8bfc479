import { admissionQuery } from '../contracts/messages.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/names/ids.js';
import type { QueuedTask } from '../contracts/dispatch/queue.js';
import type { BuildTask } from '../ports/frontend.js';
import type { OpenClient } from './connect.js';
import { askTask } from './poller-view.js';
import type { Settings } from './settings.js';
import type { TaskReference } from './task-reference.js';

const QUERY_DEADLINE_MS = 8000;

/** A task without a running workflow that is not over yet. */
export type WaitingReport =
  /** The frontend has a record of it, but does not list it. */
  | { readonly from: 'frontend'; readonly record: BuildTask }
  /** Its workflow is about to be started. */
  | { readonly from: 'admitted'; readonly task: string }
  | { readonly from: 'poller'; readonly task: Extract<QueuedTask, { readonly state: 'waiting' }> }
  /** Only Temporal was asked, and it only knows the next few. */
  | { readonly from: 'dispatcher'; readonly silence: string; readonly place: number; readonly task: string };

/**
 * Finds out whether the task waits to be admitted. Null: not as far as known; `silence` says who could not be asked.
 */
export async function findWaiting(
  open: OpenClient,
  settings: Settings,
  reference: TaskReference,
): Promise<{ readonly report: WaitingReport | null; readonly silence: string | null }> {
  const { answer, silence } = await askTask(settings, reference);
  if (silence === null) {
    if (answer?.state === 'admitted') return { report: { from: 'admitted', task: reference.task }, silence: null };
    return { report: answer === null ? null : { from: 'poller', task: answer }, silence: null };
  }
  const place = (await reserveOf(open, reference)).indexOf(reference.task) + 1;
  const report: WaitingReport | null =
    place === 0 ? null : { from: 'dispatcher', silence, place, task: reference.task };
  return { report, silence };
}

async function reserveOf(open: OpenClient, reference: TaskReference): Promise<readonly string[]> {
  const id = reference.kind === 'build' ? BUILD_DISPATCHER_ID : ACTION_DISPATCHER_ID;
  try {
    const { reserve } = await open.client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      open.client.workflow.getHandle(id).query(admissionQuery),
    );
    return reserve;
  } catch {
    return []; // no dispatcher, or no answer: the caller reports that the task is not known
  }
}

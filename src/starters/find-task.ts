import type { OpenClient } from './connect.js';
import { failingDispatcher, type FailingReport } from './failing-workflows.js';
import type { Settings } from './settings.js';
import { StarterFailure } from './starter-failure.js';
import type { TaskReference } from './task-reference.js';
import { hasEnded, reportTask, type TaskReport } from './task-report.js';
import { findUnlisted, type UnlistedAnswer } from './unlisted-task.js';
import { findWaiting, type WaitingReport } from './waiting-task.js';

/** A task that nobody knows, with the answers of those who were asked. */
export type UnknownTask = {
  readonly from: 'nowhere';
  /** Temporal's refusal. */
  readonly refusal: StarterFailure;
  /** Why nobody could say whether it waits; null: it does not. */
  readonly silence: string | null;
  /** The frontend's answer; null: it was not asked. */
  readonly frontend: Exclude<UnlistedAnswer, { readonly state: 'known' }> | null;
  /** The dispatcher of its kind, if that one's workflow tasks fail. */
  readonly dispatcher: FailingReport | null;
};

/**
 * Finds a task, wherever it is: it runs, waits to be admitted (for the first time, or again), has ended, or the
 * frontend holds it back.
 */
export async function findTask(
  open: OpenClient,
  settings: Settings,
  reference: TaskReference,
): Promise<TaskReport | WaitingReport | UnknownTask> {
  const known = await reportIfKnown(open, reference);
  if (!(known instanceof StarterFailure) && !hasEnded(known)) return known;
  const { report, silence } = await findWaiting(open, settings, reference);
  // A task that a poll saw running may have ended since.
  if (report !== null && (report.from !== 'admitted' || known instanceof StarterFailure)) return report;
  if (!(known instanceof StarterFailure)) return known;
  const frontend = silence === null ? await findUnlisted(settings, reference) : null;
  if (frontend?.state === 'known') return { from: 'frontend', record: frontend.record };
  const dispatcher = await failingDispatcher(open, reference.kind);
  return { from: 'nowhere', refusal: known, silence, frontend, dispatcher };
}

/** The report from its workflow; the refusal if it has none. */
export async function reportIfKnown(open: OpenClient, reference: TaskReference): Promise<TaskReport | StarterFailure> {
  try {
    return await reportTask(open, reference);
  } catch (error) {
    if (error instanceof StarterFailure && error.reason === 'notFound') return error;
    throw error;
  }
}

import type { OpenClient } from './connect.js';
import { CommandError, EXIT_STATUS } from '../cli/exit-status.js';
import { failingLines } from '../cli/dispatch/failing-text.js';
import { failingDispatcher } from './failing-workflows.js';
import type { Settings } from './settings.js';
import type { TaskReference } from './task-reference.js';
import { hasEnded, reportTask, type TaskReport } from './task-report.js';
import { findUnlisted } from './unlisted-task.js';
import { findWaiting, type WaitingReport } from './waiting-task.js';

/**
 * A task, wherever it is: it runs, waits to be admitted (for the first time, or again), has ended, or the frontend keeps
 * it back. Ends the command with `noSuchTask` for one that nobody knows.
 */
export async function findTask(
  open: OpenClient,
  settings: Settings,
  reference: TaskReference,
): Promise<TaskReport | WaitingReport> {
  const known = await reportIfKnown(open, reference);
  if (!(known instanceof CommandError) && !hasEnded(known)) return known;
  const { report, silence } = await findWaiting(open, settings, reference);
  // What a poll saw running may have ended since.
  if (report !== null && (report.from !== 'admitted' || known instanceof CommandError)) return report;
  if (!(known instanceof CommandError)) return known;
  const { report: unlisted, why } = silence === null ? await findUnlisted(settings, reference) : NOT_ASKED;
  if (unlisted !== null) return unlisted;
  const dispatcher = await failingDispatcher(open, reference.kind);
  const stuck = dispatcher === null ? '' : `\n${failingLines(dispatcher).join('\n')}`;
  const waiting =
    silence === null ? `; nor does the frontend list it${why}` : `; whether it waits is not known: ${silence}`;
  throw new CommandError(known.exitStatus, `${known.message}${waiting}${stuck}`, { cause: known });
}

const NOT_ASKED = { report: null, why: '' };

/** What its workflow says; the refusal to throw for a task that has none. */
export async function reportIfKnown(open: OpenClient, reference: TaskReference): Promise<TaskReport | CommandError> {
  try {
    return await reportTask(open, reference);
  } catch (error) {
    if (error instanceof CommandError && error.exitStatus === EXIT_STATUS.noSuchTask) return error;
    throw error;
  }
}

/** True for a task without a running workflow. */
export function isWaiting(found: TaskReport | WaitingReport): found is WaitingReport {
  return 'from' in found;
}

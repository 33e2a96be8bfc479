import type { OpenClient } from '../../starters/connect.js';
import { findTask } from '../../starters/find-task.js';
import type { Settings } from '../../starters/settings.js';
import type { TaskReference } from '../../starters/task-reference.js';
import type { TaskReport } from '../../starters/task-report.js';
import type { WaitingReport } from '../../starters/waiting-task.js';
import { CommandError, EXIT_STATUS } from '../exit-status.js';
import { unknownTaskText } from './waiting-text.js';

/** Finds a task, wherever it is; ends the command if nobody knows it. */
export async function requireTask(
  open: OpenClient,
  settings: Settings,
  reference: TaskReference,
): Promise<TaskReport | WaitingReport> {
  const found = await findTask(open, settings, reference);
  if (!('from' in found) || found.from !== 'nowhere') return found;
  throw new CommandError(EXIT_STATUS.noSuchTask, unknownTaskText(found), { cause: found.refusal });
}

/** True for a task without a running workflow. */
export function isWaiting(found: TaskReport | WaitingReport): found is WaitingReport {
  return 'from' in found;
}

import { isPaused, type TaskReport } from '../../starters/task-report.js';
import { failingJson } from '../dispatch/failing-text.js';
import { waitsOnText } from './status-text.js';

/** `--json`: the unchanged answer of the query, and `pending`; `paused`, and `failing` if its workflow tasks fail. */
export function reportAsJson(report: TaskReport): Record<string, unknown> {
  const unanswered = {
    task: report.task,
    stage: null,
    since: report.startedAt,
    waitingFor: null,
    silence: report.silence,
  };
  const { failing, pending, waitsOn = [] } = report;
  const own = failing === null ? {} : { failing: failingJson(failing)['failing'] };
  const paused = isPaused(report) ? { paused: true } : {};
  return {
    ...(report.status ?? unanswered),
    ...paused,
    pending,
    ...(waitsOn.length === 0 ? {} : { waitsOn: waitsOn.map(waitsOnText) }),
    ...own,
  };
}

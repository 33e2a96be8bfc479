import type { BuildStatus } from '../../contracts/build/build.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import type { TaskStatus } from '../../contracts/messages.js';
import { oneLine, plainLine } from '../../domain/plain-text.js';
import { sizeText } from '../../domain/size-text.js';
import { humanDuration } from '../text-for-people.js';
import { failingLines, failingReason } from '../dispatch/failing-text.js';
import { packageText } from './package-text.js';
import type { PendingActivity } from '../../starters/pending-activities.js';
import { isPaused, type TaskReport, type WaitsOn } from '../../starters/task-report.js';

/** Several lines on one task. `now` in milliseconds. */
export function statusLines(report: TaskReport, now: number): readonly string[] {
  const { status } = report;
  if (status === null) {
    const age = humanDuration(now - Date.parse(report.startedAt));
    const lines = [
      `${nameOf(report)}  ${report.execution.toLowerCase()}, started ${age} ago`,
      `  ${report.silence ?? ''}`,
    ];
    return [...lines, ...pauseLines(report), ...failureLines(report)];
  }
  const forLong = humanDuration(now - Date.parse(status.since));
  const lines = [
    `${nameOf(report)}  ${status.stage}${placeOf(status)}, ${status.stage === 'ended' ? `${forLong} ago` : `for ${forLong}`}`,
  ];
  if (isBuild(status) && status.owner !== null)
    lines.push(`  ${packageText({ ...status, owner: status.owner, dirname: status.project ?? '' })}`);
  const waiting = waitingText(report);
  if (waiting !== null) lines.push(`  waiting for ${waiting}`);
  for (const reason of report.waitsOn ?? []) lines.push(`    ${waitsOnText(reason)}`);
  const bytes = logBytesOf(report);
  if (bytes > 0) lines.push(`  build log: ${sizeText(bytes)}`);
  for (const pending of report.pending) lines.push(`  ${pendingText(pending)}`);
  lines.push(...endLines(status), ...pauseLines(report), ...failureLines(report));
  return lines;
}

function pauseLines(report: TaskReport): readonly string[] {
  if (!isPaused(report)) return [];
  return [`  paused at Temporal: temporal workflow unpause --workflow-id '${report.workflowId}' lets it go on`];
}

/** One line of the table: the facts that people look for. */
export function statusRow(report: TaskReport, now: number): readonly string[] {
  const since = report.status?.since ?? report.startedAt;
  const stage = report.status?.stage ?? report.execution.toLowerCase();
  return [nameOf(report), stage, humanDuration(now - Date.parse(since)), hostOf(report.status), noteOf(report)];
}

/** The name in the form that commands accept. */
function nameOf({ workflowId, task }: TaskReport): string {
  return workflowId.startsWith('action/') ? workflowId : task;
}

/**
 * Why nothing moves, or null. A failed activity that waits for its next attempt comes first; then the workflow's own
 * reason; then the last failure of an activity that is running again.
 */
export function waitingText(report: TaskReport): string | null {
  const failed = report.pending.filter((pending) => pending.lastFailure !== null);
  const stuck = failed.find(({ state }) => state !== 'running');
  const waiting = report.status?.waitingFor;
  if (stuck === undefined && waiting != null)
    return `${waiting.reason}${waiting.detail === '' ? '' : ` (${waiting.detail})`}${sinceText(report)}`;
  const last = stuck ?? failed[0];
  if (last?.lastFailure == null) return null;
  return `${oneLine(failureText(last.lastFailure))} (attempt ${last.attempt} of ${last.activity})${sinceText(report)}`;
}

/** Bytes of the build log: the newest known value. */
export function logBytesOf(report: TaskReport): number {
  const own = report.status !== null && isBuild(report.status) ? report.status.logBytes : 0;
  return Math.max(own, ...report.pending.map((pending) => pending.logBytes ?? 0));
}

/** Why it failed, in one line; null if it did not. */
export function outcomeText(status: TaskStatus | null): string | null {
  const outcome = status?.outcome;
  if (outcome == null || outcome.result === 'succeeded') return null;
  if ('failure' in outcome) return oneLine(failureText(outcome.failure));
  return oneLine(outcome.message);
}

/** Columns padded to their widest cell. */
export function tableLines(table: readonly (readonly string[])[]): readonly string[] {
  const rows = table.map((row) => row.map(plainLine));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function failureLines({ failing }: TaskReport): readonly string[] {
  return failing === null ? [] : failingLines(failing).map((line) => `  ${line}`);
}

function endLines(status: TaskStatus): readonly string[] {
  const failure = outcomeText(status);
  const note = status.outcome !== null && 'note' in status.outcome ? [`  ${oneLine(status.outcome.note ?? '')}`] : [];
  if (failure !== null) return [`  ${status.outcome?.result ?? 'failed'}: ${failure}`, ...note];
  if (status.outcome !== null) return ['  succeeded', ...note];
  if (status.lastFailure === null) return [];
  return [`  last failure at ${status.lastFailure.at}: ${oneLine(failureText(status.lastFailure))}`];
}

function noteOf(report: TaskReport): string {
  if (report.failing !== null) return `workflow tasks fail: ${failingReason(report.failing.trouble)}`;
  if (isPaused(report)) return 'paused at Temporal';
  return outcomeText(report.status) ?? waitingText(report) ?? report.status?.outcome?.result ?? report.silence ?? '';
}

/** One line on an activity. */
function pendingText(pending: PendingActivity): string {
  const next = pending.nextAttempt === null ? '' : `, next at ${pending.nextAttempt}`;
  const last = pending.lastFailure === null ? '' : `: ${oneLine(failureText(pending.lastFailure))}`;
  const handedOn = pending.state === 'running' ? ', went on after its worker ended' : ', its worker ended';
  return `${pending.activity} ${pending.state} (attempt ${pending.attempt}${pending.isHandedOn ? handedOn : ''}${next})${last}`;
}

/** One line on a workflow that a task waits for. */
export function waitsOnText(reason: WaitsOn): string {
  const { workflowId } = reason;
  if (reason.kind === 'failing') return `${workflowId}: ${pendingText(reason.activity)}`;
  const { lock } = reason;
  return `${workflowId}: ${lock.workflowId} has its lock (${lock.purpose}) since ${lock.since}`;
}

function placeOf(status: TaskStatus): string {
  if (!isBuild(status) || status.host === null) return '';
  const ticket = status.ticket === null ? '' : ` (ticket ${status.ticket})`;
  return ` on ${status.host}${ticket}${status.attempt > 1 ? `, builder ${status.attempt}` : ''}`;
}

function hostOf(status: TaskStatus | null): string {
  return status !== null && isBuild(status) ? (status.host ?? '-') : '-';
}

function sinceText(report: TaskReport): string {
  return report.status === null ? '' : `, since ${report.status.since}`;
}

function isBuild(status: TaskStatus): status is BuildStatus {
  return status.kind !== 'action';
}

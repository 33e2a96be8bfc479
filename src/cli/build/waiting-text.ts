import type { QueuedTask } from '../../contracts/dispatch/queue.js';
import type { UnknownTask } from '../../starters/find-task.js';
import type { WaitingReport } from '../../starters/waiting-task.js';
import { failingLines } from '../dispatch/failing-text.js';
import { packageText } from './package-text.js';
import { estimateText, heldText, troubleLines } from '../dispatch/queue-text.js';

/**
 * The possible reasons why a task is not listed; the record does not say which applies
 * (docs/neighbours/frontend.md#lists).
 */
const WHY_UNLISTED =
  'its batch waits for another one, its sources are not built and imported yet, or it has ended or was canceled there';

/** Who does not know the task, and who could not be asked. */
export function unknownTaskText({ refusal, silence, frontend, dispatcher }: UnknownTask): string {
  const waiting =
    silence === null
      ? `; nor does the frontend list it${recordText(frontend)}`
      : `; whether it waits is not known: ${silence}`;
  const stuck = dispatcher === null ? '' : `\n${failingLines(dispatcher).join('\n')}`;
  return `${refusal.message}${waiting}${stuck}`;
}

function recordText(frontend: UnknownTask['frontend']): string {
  switch (frontend?.state) {
    case 'unknown':
      return ', and has no record of it to be built';
    case 'unreadable':
      return `; its record cannot be read there: ${frontend.why}`;
    case undefined:
      return '';
  }
}

/** The reason in one line, which changes only when the reason does. */
export function waitingReason(report: WaitingReport): string {
  switch (report.from) {
    case 'poller':
      return `${report.task.task} waits to be admitted, held by ${heldText(report.task)}`;
    case 'dispatcher':
      return `${report.task} waits to be admitted; what holds it is not known here: ${report.silence}`;
    case 'admitted':
      return `${report.task} is admitted, and about to be started`;
    case 'frontend':
      return `${report.record.taskId} is not listed by the frontend, which knows it: ${WHY_UNLISTED}`;
  }
}

/** Several lines on one task. */
export function waitingTaskLines(report: WaitingReport): readonly string[] {
  if (report.from === 'admitted') return [waitingReason(report)];
  if (report.from === 'frontend') {
    const { taskId } = report.record;
    return [
      `${taskId}  known to the frontend, which does not list it for building`,
      `  ${packageText(report.record)}`,
      `  ${WHY_UNLISTED}`,
      '  here it was never started, or ended longer ago than the namespace keeps',
    ];
  }
  if (report.from === 'dispatcher') {
    return [
      `${report.task}  not started yet, number ${report.place} of the dispatcher's reserve`,
      `  what holds it is not known here: ${report.silence}`,
    ];
  }
  const { task } = report;
  const lines = [`${task.task}  waits to be admitted, ${placeText(task)}`, `  owner ${task.owner}`];
  lines.push(task.chrootInactive ? `  ${heldText(task)}` : `  held by ${heldText(task)}`);
  if (task.position !== null) lines.push(`  starts in ${estimateText(task.estimate)}${basisText(task)}`);
  return [...lines, `  as of ${task.polledAt}`, ...troubleLines(task.trouble)];
}

/** The same for tools. */
export function waitingTaskJson(report: WaitingReport): Record<string, unknown> {
  if (report.from === 'admitted') {
    return { task: report.task, state: 'admitted', stage: null, waitingFor: { reason: 'start', detail: '' } };
  }
  if (report.from === 'frontend') {
    const { taskId: task, owner, dirname, chroot, packageName } = report.record;
    const waitingFor = { reason: 'frontend', detail: WHY_UNLISTED };
    return { task, state: 'unlisted', stage: null, owner, dirname, chroot, packageName, waitingFor };
  }
  if (report.from === 'poller') {
    const { chrootInactive, chroot } = report.task;
    const waitingFor = chrootInactive
      ? { reason: 'chroot inactive', detail: chroot ?? '' }
      : { reason: 'admission', detail: '' };
    return { ...report.task, stage: null, waitingFor };
  }
  const { task, place, silence } = report;
  return { task, state: 'waiting', stage: null, place, silence, waitingFor: { reason: 'admission', detail: '' } };
}

function placeText(task: Extract<QueuedTask, { readonly state: 'waiting' }>): string {
  if (task.chrootInactive) return 'once its chroot is active again: the frontend has no record of it now';
  if (task.position === null) return 'and never will be while its owner is blocked';
  return `number ${task.position} of ${task.waiting}, ${task.ownerPosition ?? '-'} of ${task.ownerWaiting} of its owner`;
}

function basisText({ estimate }: Extract<QueuedTask, { readonly state: 'waiting' }>): string {
  if (estimate === null || estimate.basedOnEnds === 0) return '';
  return ` (half and nine of ten such waits; ${estimate.basedOnEnds} recent ends under ${estimate.limit})`;
}

import { SOURCE_CHROOT } from '../contracts/build/build.js';
import { admissionQuery } from '../contracts/messages.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/names/ids.js';
import type { QueuedTask } from '../contracts/dispatch/queue.js';
import type { OpenClient } from './connect.js';
import { askTask } from './poller-view.js';
import { estimateText, heldText, troubleLines } from '../cli/dispatch/queue-text.js';
import type { Settings } from './settings.js';
import type { TaskReference } from './task-reference.js';
import { WHY_UNLISTED, type UnlistedReport } from './unlisted-task.js';

const QUERY_DEADLINE_MS = 8000;

/** A task that has no running workflow, and is not over all the same. */
export type WaitingReport =
  | UnlistedReport
  /** Its workflow is about to be started. */
  | { readonly from: 'admitted'; readonly task: string }
  | { readonly from: 'poller'; readonly task: Extract<QueuedTask, { readonly state: 'waiting' }> }
  /** Temporal alone was asked: it only knows the next few. */
  | { readonly from: 'dispatcher'; readonly silence: string; readonly place: number; readonly task: string };

/** Does the task wait to be admitted? Null: not as far as can be known; `silence` says whom could not be asked. */
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

/** In one line, which changes only when the reason does. */
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

export function waitingTaskLines(report: WaitingReport): readonly string[] {
  if (report.from === 'admitted') return [waitingReason(report)];
  if (report.from === 'frontend') {
    const { taskId, owner, dirname, chroot, packageName } = report.record;
    const of = packageName === null ? '' : `, package ${packageName}`;
    return [
      `${taskId}  known to the frontend, which does not list it for building`,
      `  ${owner}/${dirname} in ${chroot ?? SOURCE_CHROOT}${of}`,
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

async function reserveOf(open: OpenClient, reference: TaskReference): Promise<readonly string[]> {
  const id = reference.kind === 'build' ? BUILD_DISPATCHER_ID : ACTION_DISPATCHER_ID;
  try {
    const { reserve } = await open.client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      open.client.workflow.getHandle(id).query(admissionQuery),
    );
    return reserve;
  } catch {
    return []; // no dispatcher, or nobody answers for it: the caller says that the task is not known
  }
}

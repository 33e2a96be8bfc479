import type { AdmissionStatus } from '../contracts/dispatch.js';
import type { QueuePage, WaitEstimate, WaitingTask } from '../contracts/queue.js';
import { humanDuration } from './durations-for-people.js';
import type { PollerAnswer } from './poller-view.js';
import { tableLines } from './status-text.js';

export type Queues = {
  readonly builds: AdmissionStatus | null;
  readonly actions: AdmissionStatus | null;
  readonly waiting: PollerAnswer<QueuePage>;
};

/** Both dispatchers, then the builds that wait and why. */
export function queueText(queues: Queues): string {
  const lines = [
    ...queueLines('builds', queues.builds),
    ...queueLines('actions', queues.actions),
    ...waitingLines(queues.waiting, queues.builds),
  ];
  return `${lines.join('\n')}\n`;
}

/** What holds a task, in words: `workers 60/60, owner jdoe 20/20`. */
export function heldText(task: Pick<WaitingTask, 'heldBy' | 'notBefore'>): string {
  const limits = task.heldBy.map(({ limit, used, of }) => (of === 0 ? limit : `${limit} ${used}/${of}`));
  if (task.notBefore !== null) limits.push(`ended before, not tried again until ${task.notBefore}`);
  return limits.join(', ') || 'nothing: it is next';
}

/** `8 min 0 s to 25 min 3 s`; what is not known is said to be. */
export function estimateText(estimate: WaitEstimate | null): string {
  if (estimate === null) return 'not known yet';
  if (estimate.p90Seconds === 0) return 'at once';
  return `${humanDuration(estimate.p50Seconds * 1000)} to ${humanDuration(estimate.p90Seconds * 1000)}`;
}

function waitingLines(waiting: PollerAnswer<QueuePage>, builds: AdmissionStatus | null): readonly string[] {
  if (waiting.silence !== null) {
    const next = builds?.reserve.slice(0, 8).join(', ') ?? '';
    return [
      `why the others wait is not known here: ${waiting.silence}`,
      ...(next === '' ? [] : [`  what Temporal knows: next are ${next}`]),
    ];
  }
  const { tasks, waiting: count, matching, polledAt, offset } = waiting.answer;
  const lines = [`waiting: ${count} builds${matching === count ? '' : `, ${matching} of them fit`}, as of ${polledAt}`];
  if (tasks.length === 0) return lines;
  const rows = tasks.map((task) => [
    task.position === null ? '-' : String(task.position),
    task.ownerPosition === null ? '-' : String(task.ownerPosition),
    ...[task.task, task.owner, estimateText(task.estimate), heldText(task)],
  ]);
  lines.push(...tableLines([['PLACE', 'OF OWNER', 'TASK', 'OWNER', 'ESTIMATE', 'HELD BY'], ...rows]));
  const more = matching - offset - tasks.length;
  return more > 0 ? [...lines, `… and ${more} more (--limit, --owner and --arch choose)`] : lines;
}

function queueLines(name: string, status: AdmissionStatus | null): readonly string[] {
  if (status === null) return [`${name}: no dispatcher yet; a worker starts it`];
  const lines = [
    `${name}: ${status.running} of at most ${status.limits.maxWorkers} running, ${status.listed} pending at the frontend`,
    `  last poll ${status.lastPoll ?? 'never'}; started ${status.started}, ended ${status.ended} so far`,
  ];
  if (status.lastFailure !== null) {
    const { code, message, at } = status.lastFailure;
    lines.push(`  last failure at ${at}: ${code}: ${message}`);
  }
  return lines;
}

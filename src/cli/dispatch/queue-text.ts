import type { AdmissionStatus } from '../../contracts/dispatch/dispatch.js';
import type { FrontendTrouble, QueuePage, WaitEstimate, WaitingTask } from '../../contracts/dispatch/queue.js';
import { frontendAdvice, frontendTroubleText } from '../../domain/dispatch/frontend-trouble.js';
import { foreignLimitsText } from '../../domain/dispatch/limits-snapshot.js';
import { humanDuration } from '../text-for-people.js';
import type { Outage } from '../../starters/outages.js';
import type { PollerAnswer } from '../../starters/poller-view.js';
import { outageLines } from './outage-text.js';
import { tableLines } from '../build/status-text.js';

export type Queues = {
  readonly builds: AdmissionStatus | null;
  readonly actions: AdmissionStatus | null;
  readonly waiting: PollerAnswer<QueuePage>;
  readonly outages: readonly Outage[];
};

/** A dispatcher's last good poll is normally at most a minute or two old; an older one is mentioned. */
const OLD_POLL_MS = 300_000;

/** Both dispatchers, then the builds that wait and why. `now` in milliseconds. */
export function queueText(queues: Queues, now: number): string {
  const trouble = queueTrouble(queues);
  const lines = [
    ...outageLines(queues.outages, now),
    ...queueLines('builds', queues.builds, { trouble, now }),
    ...queueLines('actions', queues.actions, { trouble, now }),
    ...waitingLines(queues.waiting, queues.builds, now),
  ];
  return `${lines.join('\n')}\n`;
}

/** Why the frontend is in trouble: from the poller, or, without one, the last failure known to a dispatcher. */
export function queueTrouble({ builds, actions, waiting }: Omit<Queues, 'outages'>): readonly FrontendTrouble[] {
  const told = troubleOf(waiting);
  const known = new Set(told.map(({ of }) => of));
  const noted = (of: 'builds' | 'actions', status: AdmissionStatus | null): readonly FrontendTrouble[] => {
    const last = status?.lastFailure;
    // A task that Temporal does not start is not the frontend's trouble.
    if (last == null || last.what === 'start' || known.has(of) || (of === 'builds' && known.has('cancels'))) return [];
    return [{ of, ...last, since: null, failures: null, advice: frontendAdvice(last.code) }];
  };
  return [...told, ...noted('builds', builds), ...noted('actions', actions)];
}

/** The poller's complaints about the frontend. */
export function troubleOf(answer: PollerAnswer<QueuePage>): readonly FrontendTrouble[] {
  return answer.silence === null ? answer.answer.trouble : answer.trouble;
}

/** Each trouble with what to do about it. */
export function troubleLines(trouble: readonly FrontendTrouble[]): readonly string[] {
  return trouble.flatMap((one) => [`  ${frontendTroubleText(one)}`, `    what to do: ${one.advice}`]);
}

/** The limits that hold a task, as text: `workers 60/60, owner jdoe 20/20`, `waiting: chroot inactive`. */
export function heldText(task: Pick<WaitingTask, 'heldBy' | 'notBefore' | 'chrootInactive'>): string {
  if (task.chrootInactive) return 'waiting: chroot inactive';
  const limits = task.heldBy.map(({ limit, used, of }) => (of === 0 ? limit : `${limit} ${used}/${of}`));
  if (task.notBefore !== null) limits.push(`ended before, not tried again until ${task.notBefore}`);
  return limits.join(', ') || 'nothing: it is next';
}

/** `8 min 0 s to 25 min 3 s`, or that it is not known. */
export function estimateText(estimate: WaitEstimate | null): string {
  if (estimate === null) return 'not known yet';
  if (estimate.p90Seconds === 0) return 'at once';
  return `${humanDuration(estimate.p50Seconds * 1000)} to ${humanDuration(estimate.p90Seconds * 1000)}`;
}

function waitingLines(
  waiting: PollerAnswer<QueuePage>,
  builds: AdmissionStatus | null,
  now: number,
): readonly string[] {
  if (waiting.silence !== null) {
    const next = builds?.reserve.slice(0, 8).join(', ') ?? '';
    return [
      `why the others wait is not known here: ${waiting.silence}`,
      ...(next === '' ? [] : [`  what Temporal knows: next are ${next}`]),
    ];
  }
  const { tasks, waiting: count, matching, polledAt, offset, trouble, limits } = waiting.answer;
  const fitting = matching === count ? '' : `, ${matching} of them fit`;
  const old = trouble.some(({ of }) => of === 'builds')
    ? ` (${agoText(polledAt, now)}: no newer list was to be had)`
    : '';
  const foreign = limits === null ? null : foreignLimitsText('builds', limits);
  const lines = [...(foreign === null ? [] : [foreign]), `waiting: ${count} builds${fitting}, as of ${polledAt}${old}`];
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

function queueLines(
  name: 'builds' | 'actions',
  status: AdmissionStatus | null,
  { trouble, now }: { readonly trouble: readonly FrontendTrouble[]; readonly now: number },
): readonly string[] {
  const own = trouble.filter(({ of }) => (of === 'actions' ? 'actions' : 'builds') === name);
  if (status === null) return [`${name}: no dispatcher yet; a worker starts it`, ...troubleLines(own)];
  const { running, limits, listed, lastPoll, started, ended } = status;
  const polled = lastPoll === null ? 'never' : `${lastPoll}, ${agoText(lastPoll, now)}`;
  const isOld = own.length === 0 && lastPoll !== null && now - Date.parse(lastPoll) > OLD_POLL_MS;
  return [
    `${name}: ${running} of at most ${limits.maxWorkers} running, ${listed} pending at the frontend`,
    `  last poll ${polled}; started ${started}, ended ${ended} so far`,
    ...(isOld ? ['  no poller asks the frontend: is `copr-backend worker poller` or `worker all` running?'] : []),
    ...troubleLines(own),
  ];
}

function agoText(at: string, now: number): string {
  return `${humanDuration(Math.max(0, now - Date.parse(at)))} ago`;
}

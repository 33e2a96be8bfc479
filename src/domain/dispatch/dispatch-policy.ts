import type { Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { LimitCounts, requestedArch } from './dispatch-limits.js';

/** Candidates kept in reserve, so that a freed slot is refilled without asking the frontend. */
export const RESERVE_SIZE = 64;

/** The Python service's order: sources before RPMs, foreground before background, whatever the owner. */
const BACKGROUND = 2_000_000;
const RPM = 1_000_000;

/**
 * The order in which builds are offered slots, soonest first. Within a class owners, architectures and
 * sandboxes interleave: the n-th task of a group competes with the n-th of every other. Running tasks count in `n`, so
 * they belong in the list; ties keep the frontend's order.
 */
export function orderBuilds(tasks: readonly TaskFacts[]): readonly TaskFacts[] {
  const counts = new Map<string, number>();
  const placed = tasks.map((task, index) => {
    // Cheap, because a list may have 40,000 tasks; at worst a name with a line break would share another group's turns.
    const group = `${task.background}\n${task.owner}\n${requestedArch(task) ?? 'srpm'}\n${task.sandbox ?? '\n'}`;
    const n = (counts.get(group) ?? 0) + 1;
    counts.set(group, n);
    const rank = task.priority + (task.background ? BACKGROUND : 0) + (task.source ? 0 : RPM) + n;
    return { task, rank, index };
  });
  placed.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return placed.map(({ task }) => task);
}

/** Actions by priority, lower first; equal numbers as the frontend lists them (docs/neighbours/frontend.md#actions). */
export function orderActions(tasks: readonly TaskFacts[]): readonly TaskFacts[] {
  return tasks
    .map((task, index) => ({ task, index }))
    .sort((a, b) => a.task.priority - b.task.priority || a.index - b.index)
    .map(({ task }) => task);
}

/**
 * Which of the ordered candidates start now, and which stay in reserve. Never exceeds a limit, and leaves no slot empty
 * while a candidate fits. Candidates that already run are left out, and so are blocked owners. The reserve has tasks
 * that could start if everything running ended: a thousand tasks of one owner must not crowd out the others, so it
 * takes from each group only as many as the group's own limit could ever admit.
 */
export function chooseTasks(input: {
  readonly candidates: readonly TaskFacts[];
  readonly running: readonly TaskFacts[];
  readonly limits: Limits;
}): { readonly now: readonly TaskFacts[]; readonly reserve: readonly TaskFacts[] } {
  const running = new Set(input.running.map((task) => task.taskId));
  const waiting = input.candidates.filter((task) => !running.has(task.taskId));
  const [now, held] = admit(waiting, new LimitCounts(input.limits, input.running));
  const [reserve] = admit(held, new LimitCounts({ ...input.limits, maxWorkers: RESERVE_SIZE }, []));
  return { now, reserve };
}

/** Takes the tasks that fit, in order; returns those taken and those left. */
function admit(
  tasks: readonly TaskFacts[],
  counts: LimitCounts,
): readonly [readonly TaskFacts[], readonly TaskFacts[]] {
  const taken: TaskFacts[] = [];
  const left: TaskFacts[] = [];
  for (const [index, task] of tasks.entries()) {
    if (counts.isFull) return [taken, [...left, ...tasks.slice(index)]];
    if (!counts.admits(task)) left.push(task);
    else {
      counts.add(task);
      taken.push(task);
    }
  }
  return [taken, left];
}

/**
 * When a task that ended but is still listed may be tried again, in ms since the epoch: at once the first time (a
 * reschedule, or a report that was lost), then ever later, up to ten minutes (a task that cannot be started). `now` may
 * come from another host than the end: if the end is further in the future than the pause itself, it comes from a wrong
 * clock and holds nothing back.
 */
export function restartAllowedAt(tombstone: { readonly at: string; readonly times: number }, now: number): number {
  const at = Date.parse(tombstone.at);
  if (tombstone.times <= 1) return Math.min(at, now);
  const pause = Math.min(600_000, 10_000 * 2 ** (tombstone.times - 2));
  return at - now > pause ? now : at + pause;
}

import type { DispatchView, Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { chooseTasks, orderActions, orderBuilds, restartAllowedAt } from './dispatch-policy.js';

/** A poll's answer is one payload: a cold start with thousands of free slots takes several. */
const ADMITTED_PER_POLL = 500;

/** Candidates in order, tombstones to forget, and whether any of this is news to the dispatcher. */
export function propose(input: {
  readonly of: 'builds' | 'actions';
  readonly listed: readonly TaskFacts[];
  readonly view: DispatchView;
  readonly lost: readonly string[];
  /** Listed tasks that are not offered now: the frontend has no record of them (domain/missing-records.ts). */
  readonly held: ReadonlySet<string>;
  readonly limits: Limits;
  readonly now: number;
}): {
  readonly candidates: readonly TaskFacts[];
  /** How many of them fit below the limits now; the others are the reserve. */
  readonly offered: number;
  /** True if more tasks could start, which are left to the next poll. */
  readonly isCut: boolean;
  readonly forgotten: readonly string[];
  readonly news: boolean;
  /** All listed tasks, in the order of the policy. */
  readonly ordered: readonly TaskFacts[];
} {
  const { listed, view, lost, limits } = input;
  const ids = new Set(listed.map((task) => task.taskId));
  const tombstones = new Map(view.tombstones.map((tombstone) => [tombstone.taskId, tombstone]));
  const forgotten = [...tombstones.keys()].filter((taskId) => !ids.has(taskId));
  const ordered = input.of === 'builds' ? orderBuilds(listed) : orderActions(listed);
  const startable = ordered.filter((task) => {
    if (input.held.has(task.taskId)) return false;
    const tombstone = tombstones.get(task.taskId);
    return tombstone === undefined || restartAllowedAt(tombstone, input.now) <= input.now;
  });
  const running = view.running.filter((task) => !lost.includes(task.taskId));
  const { now, reserve } = chooseTasks({ candidates: startable, running, limits });
  const isCut = now.length > ADMITTED_PER_POLL;
  const candidates = isCut ? now.slice(0, ADMITTED_PER_POLL) : [...now, ...reserve];
  const head = candidates.slice(now.length, now.length + 8).map((task) => task.taskId);
  const sameReserve =
    head.every((taskId, index) => view.reserve[index] === taskId) && (head.length > 0 || view.reserve.length === 0);
  const changed = !sameLimits(limits, view.limits);
  const news = now.length > 0 || forgotten.length > 0 || lost.length > 0 || !sameReserve || changed;
  const offered = isCut ? ADMITTED_PER_POLL : now.length;
  return { candidates, offered, isCut, forgotten, news, ordered };
}

/** The order in the file does not matter. */
function sameLimits(one: Limits, other: Limits): boolean {
  const text = (limits: Limits): string =>
    JSON.stringify(limits, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  return text(one) === text(other);
}

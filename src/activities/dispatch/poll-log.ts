import type { DispatcherName, DispatchView, Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { limitText } from '../../domain/dispatch/dispatch-limits.js';
import { restartAllowedAt } from '../../domain/dispatch/dispatch-policy.js';
import { QueueIndex } from '../../domain/dispatch/queue-index.js';
import { RecentEnds } from '../../domain/dispatch/recent-ends.js';
import type { ActivityDependencies } from '../dependencies.js';

/** Without news there is still a line now and then: it shows that somebody polls. */
const QUIET_MS = 600_000;
/** Counting the reasons of a long list costs up to 100 ms; then there is a line at most this often. */
const LONG_LIST = 2000;
const SELDOM_MS = 30_000;
/** Reasons that a line names, the most frequent first. */
const NAMED = 10;

/** One poll, as the log tells it. */
type Polled = {
  readonly proposal: {
    readonly ordered: readonly TaskFacts[];
    readonly candidates: readonly TaskFacts[];
    readonly offered: number;
  };
  readonly view: DispatchView;
  readonly held: ReadonlySet<string>;
  readonly limits: Limits;
  readonly now: number;
};

/** The events since the last line. */
type Since = {
  readonly known: ReadonlySet<string>;
  readonly polls: number;
  readonly added: number;
  readonly gone: number;
  readonly offered: number;
  readonly lineAt: number;
};

const NOTHING: Omit<Since, 'known' | 'lineAt'> = { polls: 0, added: 0, gone: 0, offered: 0 };
const START: Since = { ...NOTHING, known: new Set(), lineAt: Number.NEGATIVE_INFINITY };

/**
 * Makes the lines of a dispatcher's log about its polls: how many tasks are listed, new, gone, offered to the
 * dispatcher, and waiting for what. A poll without a line adds to the counts of the next one.
 */
export function createPollLog(log: ActivityDependencies['log']): (of: DispatcherName, polled: Polled) => void {
  const last: Record<DispatcherName, Since> = { builds: START, actions: START };

  return (of, polled) => {
    const { ordered } = polled.proposal;
    const since = withPoll(last[of], polled.proposal);
    last[of] = since;
    const { known, lineAt, added, gone, offered, polls } = since;
    const isNews = added + gone + offered > 0;
    const pause = !isNews ? QUIET_MS : ordered.length > LONG_LIST ? SELDOM_MS : 0;
    if (polled.now - lineAt < pause) return;
    const counts = { polls, listed: known.size, new: added, gone, offered };
    log.info({ of, ...counts, running: polled.view.running.length, ...waitingOf(polled) }, 'polled the frontend');
    last[of] = { ...NOTHING, known, lineAt: polled.now };
  };
}

function withPoll(before: Since, { ordered, offered }: Polled['proposal']): Since {
  const known = new Set(ordered.map(({ taskId }) => taskId));
  const added = ordered.filter(({ taskId }) => !before.known.has(taskId)).length;
  return {
    ...{ known, lineAt: before.lineAt, polls: before.polls + 1, added: before.added + added },
    gone: before.gone + before.known.size - (known.size - added),
    offered: before.offered + offered,
  };
}

/** How many tasks wait, and for what; a task that two limits hold back counts for both. */
function waitingOf({ proposal, view, held, limits, now }: Polled): {
  readonly waiting: number;
  readonly waitingFor?: string;
} {
  const { ordered, candidates, offered } = proposal;
  const { tombstones } = view;
  const running = [...view.running, ...candidates.slice(0, offered)];
  const index = new QueueIndex({
    ...{ ordered, running, tombstones, limits, inactive: held, ends: new RecentEnds(), now },
  });
  const waits = new Set(index.waiting.map(({ taskId }) => taskId));
  const later = tombstones.filter((tombstone) => waits.has(tombstone.taskId) && restartAllowedAt(tombstone, now) > now);
  const reasons = [
    ...index.held().map(({ by, count }) => {
      const name = by.kind === 'inactiveChroot' ? 'a record of the frontend' : limitText(by);
      return { name, count };
    }),
    ...(later.length > 0 ? [{ name: 'another try', count: later.length }] : []),
  ].sort((one, other) => other.count - one.count);
  const more = reasons.length > NAMED ? [`${reasons.length - NAMED} more reasons`] : [];
  const texts = reasons.slice(0, NAMED).map(({ name, count }) => `${name}: ${count}`);
  return { waiting: waits.size, ...(texts.length > 0 && { waitingFor: [...texts, ...more].join(', ') }) };
}

import type { LimitAnswer } from './questions.js';
import type { StormLimits } from './size.js';
import type { Outage } from './storm.js';
import type { WorkerLife } from './worker-fleet.js';

/**
 * A task from the start of its workflow until the frontend had its terminal report, during which the dispatcher counts
 * it.
 */
export type Span = {
  readonly taskId: string;
  readonly owner: string;
  readonly sandbox: string;
  /** Ms since 1970. */
  readonly started: number;
  readonly ended: number;
};

/** All limits that may have applied at some time. */
export type Configured = {
  readonly lives: readonly WorkerLife[];
  /** The dispatcher's answers, in the order of the queries. */
  readonly answers: readonly LimitAnswer[];
  readonly outages: readonly Outage[];
};

/** A build that was admitted just before the limits changed may begin this much later. */
const BEGINS_LATE_MS = 20_000;
/** The limits of a poller that is gone are forgotten after this, whatever the dispatcher says. */
const FORGOTTEN_MS = 120_000;

/**
 * The highest limits in any configuration of that time: those of the living pollers, and those of a poller that is gone
 * until the dispatcher was seen to admit by others. Null: there was none.
 */
export function limitsAt(at: number, { lives, answers, outages }: Configured): StormLimits | null {
  const inForce = lives.filter(({ limits, from, to }) => {
    if (at < from) return false;
    if (to === null || at <= to) return true;
    const replaced = answers.find((answer) => answer.at > to && !isSame(answer.limits, limits))?.at;
    const forgotten = to + FORGOTTEN_MS + overlap(to, outages);
    return at <= Math.min(replaced ?? forgotten, forgotten) + BEGINS_LATE_MS;
  });
  if (inForce.length === 0) return null;
  const most = (of: (limits: StormLimits) => number): number => Math.max(...inForce.map(({ limits }) => of(limits)));
  return { workers: most((l) => l.workers), owner: most((l) => l.owner), sandbox: most((l) => l.sandbox) };
}

/** How long Temporal was away after `from`: nothing changed in that time. */
function overlap(from: number, outages: readonly Outage[]): number {
  return outages.reduce((sum, outage) => sum + Math.max(0, outage.to - Math.max(outage.from, from)), 0);
}

function isSame(one: StormLimits, other: StormLimits): boolean {
  return one.workers === other.workers && one.owner === other.owner && one.sandbox === other.sandbox;
}

/**
 * Starts beyond the limits of their time, one line each. Builds admitted earlier under a higher limit may run to their
 * end.
 */
export function findExcess(spans: readonly Span[], configured: Configured): readonly string[] {
  const excess: string[] = [];
  for (const span of spans) {
    const limits = limitsAt(span.started, configured);
    if (limits === null) continue;
    // One that ends as another begins has made room for it.
    const beside = spans.filter(({ started, ended }) => started <= span.started && ended > span.started);
    const counted = [
      ['workers', beside.length, limits.workers],
      [`owner ${span.owner}`, beside.filter(({ owner }) => owner === span.owner).length, limits.owner],
      [`sandbox ${span.sandbox}`, beside.filter(({ sandbox }) => sandbox === span.sandbox).length, limits.sandbox],
    ] as const;
    for (const [limit, used, of] of counted)
      if (used > of)
        excess.push(`${span.taskId} began at ${new Date(span.started).toISOString()} with ${used} of ${of}: ${limit}`);
  }
  return excess;
}

import type { Limits, LimitsSource } from '../../contracts/dispatch/dispatch.js';

/** A poller that was not heard of for this long, and for this many of its pauses, brings no limits any more. */
const SILENT_MS = 120_000;
const SILENT_PAUSES = 20;
/** How fresh the word is kept that the poller whose limits count still polls. */
const KEPT_FRESH_MS = 30_000;

/** The limits a poll proposes with. */
export type LimitsInForce = {
  readonly limits: Limits;
  readonly from: LimitsSource;
  /** This poller's own limits are others, and do not count. */
  readonly isForeign: boolean;
  /** The dispatcher shall be told of `from`, even if the poll has nothing else to say. */
  readonly isNews: boolean;
};

/**
 * Whose limits count while several pollers run (design: one is active because the dispatcher is one workflow). Those of
 * the poller that the dispatcher names: two with different files would otherwise take turns. A poller with the same
 * configuration speaks for it; another one takes over when the named one is gone, or was silent for long.
 */
export function limitsInForce(input: {
  readonly own: Limits;
  readonly poller: string;
  readonly digest: string;
  /** What the dispatcher has. */
  readonly known: { readonly limits: Limits; readonly limitsFrom: LimitsSource | null };
  readonly isGone: (poller: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Seconds between two polls. */
  readonly pause: number;
}): LimitsInForce {
  const { own, poller, digest, known, now } = input;
  const named = known.limitsFrom;
  const age = named === null ? 0 : now - Date.parse(named.at);
  const isSpeaker =
    named === null ||
    named.poller === poller ||
    named.digest === digest ||
    // A time far ahead of ours was written by a wrong clock, and says as little as one long ago.
    Math.abs(age) > Math.max(SILENT_MS, input.pause * 1000 * SILENT_PAUSES) ||
    input.isGone(named.poller);
  if (!isSpeaker) return { limits: known.limits, from: named, isForeign: true, isNews: false };
  const isFresh = named?.digest === digest && age >= 0 && age < KEPT_FRESH_MS;
  return {
    limits: own,
    from: isFresh ? named : { poller, digest, at: new Date(now).toISOString() },
    isForeign: false,
    isNews: !isFresh,
  };
}

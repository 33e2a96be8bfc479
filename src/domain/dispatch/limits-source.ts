import type { Limits, LimitsSource } from '../../contracts/dispatch/dispatch.js';

/** The limits of a poller no longer count if it was not heard from for this long, and for this many of its pauses. */
const SILENT_MS = 120_000;
const SILENT_PAUSES = 20;
/** How often the dispatcher is told that the poller whose limits count still polls. */
const KEPT_FRESH_MS = 30_000;

/** The limits a poll proposes with. */
export type LimitsInForce = {
  readonly limits: Limits;
  readonly from: LimitsSource;
  /** This poller's own limits differ, and do not count. */
  readonly isForeign: boolean;
  /** The dispatcher has to be told of `from`, even if the poll has no other news. */
  readonly isNews: boolean;
};

/**
 * Decides whose limits count while several pollers run: those of the poller that the dispatcher names, because two with
 * different files would otherwise alternate. A poller with the same configuration counts as the same one; another one
 * takes over when the named poller is gone, or was silent for long.
 */
export function limitsInForce(input: {
  readonly own: Limits;
  readonly poller: string;
  readonly digest: string;
  /** The dispatcher's current limits and their source. */
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
    // A time far in the future comes from a wrong clock, and proves as little as one long ago.
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

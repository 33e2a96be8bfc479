import type { Access, HitCount } from '../../domain/maintenance/hits.js';

/** Accesses of a part of a log. */
export type AccessBatch = {
  /** Position in the log after this batch. */
  readonly upTo: number;
  readonly accesses: readonly Access[];
};

/** A log of accesses to the results; it may still grow. */
export type AccessLog = {
  /** Equal for the same log whatever its file is called by now, and for no other. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /**
   * A log that was rotated away, and grows no more. It is counted if a round has begun with it, or with one before it:
   * what was rotated away before the first round was counted by others, or by nobody.
   */
  readonly isRotated: boolean;
  /**
   * The accesses after a position, in order. Rejects with PortFailure `StorageFailed` if the log cannot be read or is
   * not a log of accesses to this installation.
   */
  readonly batches: (from: number, signal: AbortSignal) => AsyncIterable<AccessBatch>;
  /** Called when all of it is counted. `deleted`: nobody will ever see it again. */
  readonly finish: () => Promise<'deleted' | 'kept'>;
};

/** Where accesses are logged; the oldest log comes first. */
export type AccessLogs = { readonly logs: (signal: AbortSignal) => AsyncIterable<AccessLog> };

/** The end of a report of hits. Only `counted` and `refused` are certain. */
export type HitReport =
  | { readonly end: 'counted' }
  /** The frontend did not count them; `mayPass`: it may do so later. */
  | { readonly end: 'refused'; readonly why: string; readonly mayPass: boolean }
  /** The frontend may have counted them: the answer is lost. */
  | { readonly end: 'unknown'; readonly why: string };

/** The frontend's counters, which add whatever they are sent (docs/neighbours/frontend.md#hits). Never rejects. */
export type HitCounters = { readonly add: (count: HitCount) => Promise<HitReport> };

/** The state of a log: its part up to `upTo` is counted, or the hits between `from` and `upTo` may be. */
export type CountNote =
  | { readonly state: 'counted'; readonly upTo: number }
  | { readonly state: 'sending'; readonly from: number; readonly upTo: number; readonly count: HitCount };

/** Durable notes about logs, by their ids. A written note survives a power loss. Rejects with `StorageFailed`. */
export type CountNotes = {
  /** Runs `work` while no other process of this installation counts; null: another one does. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T | null>;
  readonly read: (id: string) => Promise<CountNote | null>;
  readonly write: (id: string, note: CountNote) => Promise<void>;
  readonly forget: (id: string) => Promise<void>;
  /** Its log was seen now: the note stays as long as the log. Does nothing if there is no note. */
  readonly touch: (id: string) => Promise<void>;
  /** Forgets finished notes that were neither written nor touched for this many days. */
  readonly forgetOld: (days: number) => Promise<void>;
};

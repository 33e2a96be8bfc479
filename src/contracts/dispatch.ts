import type { Durations } from './durations.js';

/** What the policy must know of a task to place it: the frontend's short record, less what it does not need. */
export type TaskFacts = {
  readonly taskId: string;
  readonly owner: string;
  /** Set for user tasks that share a builder's life; the limit per sandbox counts it. */
  readonly sandbox: string | null;
  readonly background: boolean;
  /** Mock chroot, null for a source build. */
  readonly chroot: string | null;
  readonly source: boolean;
  readonly tags: readonly string[];
  readonly userSsh: boolean;
  /** The frontend's own number, lower first (builds.md §2, frontend.md §10). */
  readonly priority: number;
};

/** A task that has a slot; `since` (ISO 8601): when it was given it, by what made the room. Absent in old states. */
export type RunningTask = TaskFacts & { readonly since?: string };

/** Limits of builds.md §3. Null: none of that kind; an empty object limits nothing. For actions only the first and last count. */
export type Limits = {
  readonly maxWorkers: number;
  readonly arch: Readonly<Record<string, number>>;
  readonly tag: Readonly<Record<string, number>>;
  readonly archPerOwner: Readonly<Record<string, number>>;
  readonly sandbox: number | null;
  readonly owner: number | null;
  readonly userSsh: number | null;
  readonly blockedOwners: readonly string[];
};

/** What a poll brings home. Nothing has happened until the dispatcher recorded it. */
export type PollResult = {
  /** When the fetch that this speaks of began; ISO 8601. */
  readonly began: string;
  /** The last tombstone the poll had been told of before it asked the frontend. */
  readonly knownEnd: number;
  /** Pending tasks in the frontend's list. */
  readonly listed: number;
  /** Tasks to start now or next, in order: free slots and a reserve. */
  readonly candidates: readonly TaskFacts[];
  /** Tombstones whose task the frontend no longer lists. */
  readonly forgotten: readonly string[];
  /** Running tasks whose workflow turned out to be gone (terminated by hand). */
  readonly lost: readonly string[];
  readonly limits: Limits;
  readonly durations: Durations;
  /** Longest pause between two polls, in seconds (`sleeptime`). */
  readonly pause: number;
  /** Storage whose queues the started workflows use. */
  readonly storage: string;
};

/** A task that ended: it stays remembered until a later poll no longer lists it. */
export type Tombstone = {
  readonly taskId: string;
  /** Ascending number of ends in this dispatcher's life. */
  readonly end: number;
  readonly at: string;
  /** How often it ended without the frontend dropping it; each time it waits longer before it is tried again. */
  readonly times: number;
  /** When the run that ended had begun, where it is known. */
  readonly since?: string;
};

/** What the poll activity asks the dispatcher before it asks the frontend. */
export type DispatchView = {
  /** Polls of an older generation stop by themselves. */
  readonly generation: number;
  readonly running: readonly RunningTask[];
  readonly tombstones: readonly Tombstone[];
  readonly lastEnd: number;
  /** Task ids of the reserve, in order. */
  readonly reserve: readonly string[];
  readonly limits: Limits;
};

/** Answer of the `admission` query: for people. */
export type AdmissionStatus = {
  readonly running: number;
  readonly limits: Limits;
  readonly reserve: readonly string[];
  readonly listed: number;
  /** When the last look at the frontend ended well; at most a minute or so ago while all is well. */
  readonly lastPoll: string | null;
  readonly tombstones: number;
  readonly started: number;
  readonly ended: number;
  /** Why the frontend cannot be asked now; null while it can. */
  readonly lastFailure: { readonly code: string; readonly message: string; readonly at: string } | null;
};

/** All a dispatcher remembers; travels through continue-as-new. */
export type DispatchState = {
  readonly generation: number;
  readonly running: readonly (RunningTask & { readonly times: number })[];
  readonly reserve: readonly TaskFacts[];
  readonly tombstones: readonly Tombstone[];
  readonly lastEnd: number;
  readonly limits: Limits;
  readonly durations: Durations;
  readonly pause: number;
  readonly storage: string;
  readonly listed: number;
  readonly started: number;
  readonly ended: number;
};

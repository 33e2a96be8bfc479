import type { Durations } from '../durations.js';
import type { FailureFact } from '../failures/failure-codes.js';

/** Which of the two dispatchers. */
export type DispatcherName = 'builds' | 'actions';

/** Facts about a task that the policy needs: the frontend's short record without unneeded fields. */
export type TaskFacts = {
  readonly taskId: string;
  readonly owner: string;
  /** Set for user tasks that may share a builder; the limit per sandbox counts it. */
  readonly sandbox: string | null;
  readonly background: boolean;
  /** Mock chroot, null for a source build. */
  readonly chroot: string | null;
  readonly source: boolean;
  readonly tags: readonly string[];
  readonly userSsh: boolean;
  /** The frontend's own number, lower first (docs/neighbours/frontend.md#lists). */
  readonly priority: number;
};

/** A task that has a slot. */
export type RunningTask = TaskFacts & {
  /** When it got the slot, from the event that freed it; ISO 8601. */
  readonly since?: string;
  /** False: its start was requested but not acknowledged yet. */
  readonly isStarted: boolean;
};

/** Special ends of a build that affect when it runs again. */
export type EndKind =
  /** Nothing ran and nothing was reported, because the frontend lists the task but has no record of it now. */
  | 'inactive'
  /** A source build whose success the frontend acknowledged. */
  | 'source built';

/** The end of a run of a task. */
export type TaskEnd = {
  readonly taskId: string;
  /** When its report, if any, was acknowledged; ISO 8601. */
  readonly at: string;
  readonly as?: EndKind;
};

/** A task whose workflow has to be started now. */
export type AdmittedTask = {
  readonly task: TaskFacts;
  /** When the frontend acknowledged the success of this source build, which it still lists; ISO 8601. */
  readonly reportedAt?: string;
  /** Unique to this admission: distinguishes its run from an earlier one of the same task. */
  readonly admission: string;
  /** It may already have been requested, by a request whose answer was lost. */
  readonly again: boolean;
};

/** Result of a request to start some of the admitted tasks; the state of tasks not listed is unknown. */
export type StartResult = {
  readonly started: readonly string[];
  /** An earlier run of the task is not over yet (it gives its builder back): a later poll offers it again. */
  readonly busy: readonly string[];
  /** Cannot be started, and why. */
  readonly refused: readonly { readonly taskId: string; readonly failure: FailureFact }[];
};

/** Whose limits count: those of one poller, by the digest of its configuration. */
export type LimitsSource = {
  /** The worker process that they come from. */
  readonly poller: string;
  readonly digest: string;
  /** When it was last heard from; ISO 8601. */
  readonly at: string;
};

/**
 * Limits of the configuration. Null: no limit of that kind; an empty object limits nothing. For actions only the first
 * and last apply.
 */
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

/** Result of a poll. It has no effect until the dispatcher records it. */
export type PollResult = {
  /** When the request for this list began; ISO 8601. */
  readonly began: string;
  /** The last tombstone that the poll knew of before it asked the frontend. */
  readonly knownEnd: number;
  /** Pending tasks in the frontend's list. */
  readonly listed: number;
  /** Tasks to start now or next, in order: free slots and a reserve. */
  readonly candidates: readonly TaskFacts[];
  /** More could start now than `candidates` lists: another poll should follow at once. */
  readonly isCut: boolean;
  /** Tombstones whose task the frontend no longer lists. */
  readonly forgotten: readonly string[];
  /** Running tasks whose workflow turned out to be gone (terminated by hand). */
  readonly lost: readonly string[];
  /** Listed tasks that run without the knowledge of a dispatcher without a memory; null: it knew. */
  readonly found: readonly TaskFacts[] | null;
  readonly limits: Limits;
  readonly limitsFrom: LimitsSource;
  readonly durations: Durations;
  /** Longest pause between two polls, in seconds (`sleeptime`). */
  readonly pause: number;
  /** Storage whose queues the started workflows use. */
  readonly storage: string;
};

/** A task that ended: it stays remembered until a later poll no longer lists it. */
export type Tombstone = TaskEnd & {
  /** Ascending number of the end within this dispatcher's life. */
  readonly end: number;
  /** How often it ended without the frontend dropping it; each time it waits longer before it is retried. */
  readonly times: number;
  /** When the ended run had begun, if known. */
  readonly since?: string;
};

/** The dispatcher's state, which the poll activity queries before it asks the frontend. */
export type DispatchView = {
  /** False: it has no memory (its first poll is not back yet), and must find out what runs before anything starts. */
  readonly knowsWhatRuns: boolean;
  readonly running: readonly RunningTask[];
  readonly tombstones: readonly Tombstone[];
  readonly lastEnd: number;
  /** Task ids of the reserve, in order. */
  readonly reserve: readonly string[];
  readonly limits: Limits;
  /** Null: none yet. */
  readonly limitsFrom: LimitsSource | null;
  /** Of the poller whose limits count, as in a poll's result. */
  readonly durations: Durations;
  readonly pause: number;
  readonly storage: string;
};

/** Answer of the `admission` query: for people. */
export type AdmissionStatus = {
  readonly running: number;
  /** Running tasks whose workflow is being started. */
  readonly starting: number;
  readonly limits: Limits;
  readonly limitsFrom: LimitsSource | null;
  readonly reserve: readonly string[];
  readonly listed: number;
  /** When the last successful poll of the frontend ended; normally about a minute ago at most. */
  readonly lastPoll: string | null;
  readonly tombstones: number;
  readonly started: number;
  readonly ended: number;
  /** Cancel requests being carried out or confirmed. */
  readonly canceling: number;
  /** Why the frontend cannot be polled, or a task not started, now; null while everything is fine. */
  readonly lastFailure: {
    readonly what: 'poll' | 'start' | 'cancels';
    readonly code: string;
    readonly message: string;
    readonly at: string;
  } | null;
};

/** A running task as the dispatcher remembers it. */
export type LedgerTask = RunningTask & {
  /** How often it ended before, without the frontend dropping it. */
  readonly times: number;
  /** As in `AdmittedTask`. */
  readonly reportedAt?: string;
  readonly admission: string;
  /** A request to start it is or was under way. */
  readonly isAsked: boolean;
};

/**
 * Everything a dispatcher remembers; passed on by continue-as-new with its long lists packed (domain/packed-tasks.ts).
 */
export type DispatchState = {
  readonly knowsWhatRuns: boolean;
  /** Makes admissions of this dispatcher's life unique. */
  readonly life: string;
  readonly running: readonly LedgerTask[];
  readonly reserve: readonly TaskFacts[];
  readonly tombstones: readonly Tombstone[];
  readonly lastEnd: number;
  readonly limits: Limits;
  readonly limitsFrom: LimitsSource | null;
  readonly durations: Durations;
  readonly pause: number;
  readonly storage: string;
  readonly listed: number;
  readonly started: number;
  readonly ended: number;
};

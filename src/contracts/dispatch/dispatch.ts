import type { Durations } from '../durations.js';
import type { FailureFact } from '../failures.js';

/** Which of the two dispatchers. */
export type DispatcherName = 'builds' | 'actions';

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
  /** The frontend's own number, lower first (docs/neighbours/frontend.md#lists). */
  readonly priority: number;
};

/** A task that has a slot. */
export type RunningTask = TaskFacts & {
  /** When it was given it, by what made the room; ISO 8601. */
  readonly since?: string;
  /** False: its workflow was asked for, and nobody has said yet that it runs. */
  readonly isStarted: boolean;
};

/** What is special about the end of a build, for who decides when it runs again. */
export type EndKind =
  /** Nothing ran and nothing was reported: the frontend lists the task but has no record of it now. */
  | 'inactive'
  /** A source build whose success the frontend acknowledged. */
  | 'source built';

/** A run of a task is over. */
export type TaskEnd = {
  readonly taskId: string;
  /** When what there was to report was acknowledged; ISO 8601. */
  readonly at: string;
  readonly as?: EndKind;
};

/** A task whose workflow shall run now. */
export type AdmittedTask = {
  readonly task: TaskFacts;
  /** The frontend acknowledged the success of this source build then, and lists it all the same; ISO 8601. */
  readonly reportedAt?: string;
  /** Unique to this admission: tells the run that it asked for from an earlier one of the same task. */
  readonly admission: string;
  /** It may have been asked for already, by a request whose answer nobody heard. */
  readonly again: boolean;
};

/** What came of a request to start some of the admitted tasks; of those it does not name nothing is known. */
export type StartResult = {
  readonly started: readonly string[];
  /** An earlier run of the task is not over yet (it gives its builder back): a later poll offers it again. */
  readonly busy: readonly string[];
  /** Cannot be started, and why. */
  readonly refused: readonly { readonly taskId: string; readonly failure: FailureFact }[];
};

/** Whose limits count: those of one poller, by the digest of its configuration. */
export type LimitsSource = {
  /** The worker process that brought them. */
  readonly poller: string;
  readonly digest: string;
  /** When it was last heard of; ISO 8601. */
  readonly at: string;
};

/**
 * Limits of the configuration. Null: none of that kind; an empty object limits nothing. For actions only the first and
 * last count.
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
  /** More could start now than `candidates` names: a poll shall follow at once. */
  readonly isCut: boolean;
  /** Tombstones whose task the frontend no longer lists. */
  readonly forgotten: readonly string[];
  /** Running tasks whose workflow turned out to be gone (terminated by hand). */
  readonly lost: readonly string[];
  /** Listed tasks that a dispatcher without a memory did not know to run; null: it knew. */
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
  /** Ascending number of ends in this dispatcher's life. */
  readonly end: number;
  /** How often it ended without the frontend dropping it; each time it waits longer before it is tried again. */
  readonly times: number;
  /** When the run that ended had begun, where it is known. */
  readonly since?: string;
};

/** What the poll activity asks the dispatcher before it asks the frontend. */
export type DispatchView = {
  /** False: it has no memory (its first poll is still out), and what runs must be found out before anything starts. */
  readonly knowsWhatRuns: boolean;
  readonly running: readonly RunningTask[];
  readonly tombstones: readonly Tombstone[];
  readonly lastEnd: number;
  /** Task ids of the reserve, in order. */
  readonly reserve: readonly string[];
  readonly limits: Limits;
  /** Null: nobody's yet. */
  readonly limitsFrom: LimitsSource | null;
  /** Of the poller whose limits count, as in a poll's result. */
  readonly durations: Durations;
  readonly pause: number;
  readonly storage: string;
};

/** Answer of the `admission` query: for people. */
export type AdmissionStatus = {
  readonly running: number;
  /** Of the running ones, those whose workflow is being started. */
  readonly starting: number;
  readonly limits: Limits;
  readonly limitsFrom: LimitsSource | null;
  readonly reserve: readonly string[];
  readonly listed: number;
  /** When the last look at the frontend ended well; at most a minute or so ago while all is well. */
  readonly lastPoll: string | null;
  readonly tombstones: number;
  readonly started: number;
  readonly ended: number;
  /** Cancel requests that are being carried out or confirmed. */
  readonly canceling: number;
  /** Why the frontend cannot be asked, or a task not started, now; null while all is well. */
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
  /** A request to start it is or was out. */
  readonly isAsked: boolean;
};

/** All a dispatcher remembers; travels through continue-as-new with its long lists packed (domain/packed-tasks.ts). */
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

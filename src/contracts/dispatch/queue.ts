/**
 * Answers of the poller's HTTP read model (docs/operations.md, queue over HTTP). Fields may be added but never renamed,
 * because other tools read them. Times are ISO 8601 UTC.
 */

/** How long until a slot is free for a task: half of such waits end within `p50Seconds`, nine of ten within `p90Seconds`. */
export type WaitEstimate = {
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  /** The deciding limit, and the number of recent ends under it that the estimate is based on. */
  readonly limit: string;
  readonly basedOnEnds: number;
};

/** A limit that holds a task back, by its name: `owner jdoe`. How much of it is in use, how much there is. */
export type HeldByLimit = { readonly limit: string; readonly used: number; readonly of: number };

/** A task that the frontend lists and the dispatcher has not admitted, and why. */
export type WaitingTask = {
  readonly task: string;
  readonly owner: string;
  /** `x86_64`; null for source builds and actions. */
  readonly arch: string | null;
  readonly chroot: string | null;
  readonly background: boolean;
  /**
   * 1 is the next one in the order of the policy; null: it has none, because its owner is blocked or its chroot
   * inactive.
   */
  readonly position: number | null;
  readonly ownerPosition: number | null;
  /** Limits that hold it now; if none, it starts with one of the next polls, unless `notBefore` says otherwise. */
  readonly heldBy: readonly HeldByLimit[];
  /** The frontend lists it but has no record of it: its chroot is not active. It starts once there is a record. */
  readonly chrootInactive: boolean;
  /** It has ended before and is still listed, so it is not retried before this time. */
  readonly notBefore: string | null;
  /** Null until enough ends are known, and for a task without a position. */
  readonly estimate: WaitEstimate | null;
};

/** Whose limits count while several pollers run: those of one poller, identified by the digest of its configuration. */
export type LimitsSnapshot = {
  /** Digest of the answering poller's limits. */
  readonly digest: string;
  /** The poller whose limits count, their digest, and when it was last heard from; null: none yet. */
  readonly countsFrom: { readonly poller: string; readonly digest: string; readonly at: string } | null;
};

/** Why the frontend does not answer as it should. */
export type FrontendTrouble = {
  /** Kind of the failing call; `reports` are all calls that write, the only ones for which it checks the password. */
  readonly of: 'builds' | 'actions' | 'cancels' | 'reports';
  /** A failure code, and its line for people. */
  readonly code: string;
  readonly message: string;
  /** When the first of the consecutive failing calls began; null if only the last one is known. */
  readonly since: string | null;
  /** When the last of them began. */
  readonly at: string;
  /** Number of consecutive failures; null if not known. */
  readonly failures: number | null;
  /** For a person on call. */
  readonly advice: string;
};

/** Answer of `/queue`. */
export type QueuePage = {
  readonly of: 'builds' | 'actions';
  /**
   * When the frontend was asked for the list behind this page; if it is older than a poll's pause, `trouble` says why.
   */
  readonly polledAt: string;
  /** Empty while the frontend answers. */
  readonly trouble: readonly FrontendTrouble[];
  /** Null if polls do not report them. */
  readonly limits: LimitsSnapshot | null;
  /** Tasks the frontend lists, admitted ones included. */
  readonly listed: number;
  readonly running: number;
  readonly waiting: number;
  /** How many of the waiting ones fit the filters; `tasks` holds `limit` of them from `offset` on. */
  readonly matching: number;
  readonly offset: number;
  readonly limit: number;
  readonly tasks: readonly WaitingTask[];
};

/** Answer of `/builds/<task>` and `/actions/<id>` for a task that waits; an admitted one answers `status` instead. */
export type QueuedTask =
  | ({
      readonly state: 'waiting';
      readonly polledAt: string;
      readonly trouble: readonly FrontendTrouble[];
      readonly waiting: number;
      readonly ownerWaiting: number;
    } & WaitingTask)
  | {
      readonly state: 'admitted';
      readonly polledAt: string;
      readonly trouble: readonly FrontendTrouble[];
      readonly task: string;
      readonly owner: string;
      /** The workflow's own answer (`status` query); null if it does not answer in time. */
      readonly status: unknown;
    };

/**
 * Answers of the poller's HTTP read model (docs/operations.md, queue over HTTP). Fields are added, never renamed: other
 * tools read them. Times are ISO 8601 UTC.
 */

/** How long until a slot is free for a task: half of such waits end within `p50Seconds`, nine of ten within `p90Seconds`. */
export type WaitEstimate = {
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  /** The limit that decides, and how many recent ends under it the estimate is made from. */
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
  /** 1 is the next one in the order of the policy; null: its owner is blocked or its chroot inactive, it has none. */
  readonly position: number | null;
  readonly ownerPosition: number | null;
  /** Limits that hold it now; none: it starts with one of the next polls, unless `notBefore` says otherwise. */
  readonly heldBy: readonly HeldByLimit[];
  /** The frontend lists it and has no record of it: its chroot is not active. It starts once there is one. */
  readonly chrootInactive: boolean;
  /** It has ended before and is still listed: it is not tried again sooner. */
  readonly notBefore: string | null;
  /** Null until enough ends are known, and for a task without a position. */
  readonly estimate: WaitEstimate | null;
};

/** Whose limits count while several pollers run: those of one of them, told apart by digests of their configuration. */
export type LimitsSnapshot = {
  /** Of the limits that the answering poller has. */
  readonly digest: string;
  /** The poller whose limits count, their digest, and when it was last heard of; null: nobody's yet. */
  readonly countsFrom: { readonly poller: string; readonly digest: string; readonly at: string } | null;
};

/** Why the frontend does not answer as it should. */
export type FrontendTrouble = {
  /** For what it is asked, and `reports`: whatever is told it, for which alone it wants the password. */
  readonly of: 'builds' | 'actions' | 'cancels' | 'reports';
  /** A failure code, and its line for people. */
  readonly code: string;
  readonly message: string;
  /** When the first call of an unbroken row of failures began; null where only the last one is known. */
  readonly since: string | null;
  /** When the last of them began. */
  readonly at: string;
  /** How many failed in a row; null where that is not known. */
  readonly failures: number | null;
  /** For a person on call. */
  readonly advice: string;
};

/** Answer of `/queue`. */
export type QueuePage = {
  readonly of: 'builds' | 'actions';
  /** When the frontend was asked for the list that this page is from; older than a poll's pause while `trouble` says why. */
  readonly polledAt: string;
  /** Empty while the frontend answers. */
  readonly trouble: readonly FrontendTrouble[];
  /** Null where polls do not say. */
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
      /** The workflow's own answer (`status` query); null when it does not answer in time. */
      readonly status: unknown;
    };

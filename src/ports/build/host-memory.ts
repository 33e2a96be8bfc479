import type { BuildFacts, Builder, HostSuspicion } from '../../contracts/build/build.js';
import type { FailureCode } from '../../contracts/failures/failure-codes.js';
import type { PoolReport } from '../../domain/build/pool-trouble.js';

/** The record of the machines that builds ran on; never rejects, never waits. */
export type HostMemory = {
  /** The machine failed the build; the package was not the cause. */
  readonly failed: (builder: Builder, facts: BuildFacts, code: FailureCode) => void;
  /** The machine did all its work, whether or not the package built. */
  readonly succeeded: (builder: Builder, facts: BuildFacts) => void;
  /** The reason to avoid the machine for this build; null if there is none. */
  readonly suspicion: (builder: Pick<Builder, 'host' | 'port' | 'name'>, facts: BuildFacts) => HostSuspicion | null;
  /** No better machine was available for these tags: for a minute `isWorthAsking` says so. */
  readonly noOther: (tags: BuildFacts['tags']) => void;
  readonly isWorthAsking: (tags: BuildFacts['tags']) => boolean;
  /** For metrics and views: counts of the last half hour by pool, and the machines that are avoided now. */
  readonly report: () => HostReport;
};

export type HostReport = {
  readonly pools: readonly PoolReport[];
  readonly avoided: readonly {
    readonly host: string;
    /** `chroot:…` or `name:…`: avoided for this chroot only, or while the machine has this name; null: always. */
    readonly only: string | null;
    readonly code: FailureCode;
    /** Failures in a row. */
    readonly times: number;
    /** ISO 8601. */
    readonly until: string;
  }[];
};

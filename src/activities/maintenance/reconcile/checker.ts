import type { CheckName, Finding, CheckLook } from '../../../domain/maintenance/reconciliation.js';

/** The input of a look. */
export type LookAt = {
  /** Where the last look ended; null: begin at the beginning. */
  readonly place: string | null;
  /** Keys of earlier findings, which are looked at again wherever they are. */
  readonly again: readonly string[];
  /** Looks at everything, however long that takes. */
  readonly isWhole: boolean;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
};

/**
 * Compares this backend with one neighbour. It has no state and no policy: what is done about a finding, and when, is
 * decided in one place (reconcile.ts).
 */
export type Checker = {
  readonly name: CheckName;
  /** Rejects if it could not see everything that it had to see: half a look proves nothing. */
  readonly look: (at: LookAt) => Promise<CheckLook>;
  /** Null: only a person can. Rejects if the finding could not be fixed. */
  readonly fix: ((finding: Finding, signal: AbortSignal) => Promise<void>) | null;
};

import { cutMiddle } from '../contracts/bounded-text.js';
import { isRetryable, type FailureCode } from '../contracts/failures/failure-codes.js';

/** Bytes of a refusal's line: it goes into results, signals and answers, wherever a failure is told without being thrown. */
const MAX_MESSAGE = 4096;

/**
 * How a port refuses: a code that says who must act, one readable line (what happened, to what, why; cut where it is
 * longer than a person reads), and whether the same call may go through later, which is its code's unless a place knows
 * better. The original error rides on `cause`.
 */
export class PortFailure extends Error {
  override readonly name = 'PortFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(
    code: FailureCode,
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(cutMiddle(message, MAX_MESSAGE), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? isRetryable(code);
  }
}

import { cutMiddle } from '../contracts/bounded-text.js';
import { isRetryable, type FailureCode } from '../contracts/failures/failure-codes.js';

/**
 * Maximum length of a failure's line in bytes: it goes into results, signals and answers, wherever a failure is passed
 * on without being thrown.
 */
const MAX_MESSAGE = 4096;

/**
 * A port's failure: a code that says who must act, one readable line (what happened, to what, why; cut if it is longer
 * than a person reads), and whether the same call may succeed later, which follows from the code unless the caller
 * knows better. `cause` has the original error.
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

import type { FailureCode } from '../contracts/failures.js';

/**
 * How a port refuses: a code that says who must act, one readable line (what happened, to what, why), and whether the
 * same call may go through later. The original error rides on `cause`.
 */
export class PortFailure extends Error {
  override readonly name = 'PortFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}

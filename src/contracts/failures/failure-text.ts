type Failure = { readonly code: string; readonly message: string };

/** Why something failed, as people see it everywhere: `BuilderLost: Resalloc declared it dead`; nothing for null. */
export function failureText(failure: Failure | null): string {
  return failure === null ? '' : `${failure.code}: ${failure.message}`;
}

/** Why something was canceled, where nobody said more. */
export const ON_REQUEST = 'on request';

/** The message of `Canceled`; `reason` says on whose request, or why. */
export function canceledText(reason = ON_REQUEST): string {
  return `canceled ${reason}`;
}

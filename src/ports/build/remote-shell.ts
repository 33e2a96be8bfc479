/**
 * ssh to a builder. Settings come from the operator's `builder_config` file (`ssh -G`), the host key is pinned.
 * Rejects with PortFailure: `BuilderUnreachable` (no connection, or it broke; retryable), `BuilderChanged` (another
 * host key than the pinned one; not retryable).
 */
export type RemoteShell = {
  readonly connect: (builder: BuilderAddress, options: { readonly signal?: AbortSignal }) => Promise<RemoteSession>;
};

export type BuilderAddress = {
  readonly host: string;
  readonly port: number | null;
  /** The public key line that is required; null accepts the first key seen. */
  readonly hostKey: string | null;
};

export type RemoteResult = {
  /** Exit status; null if a signal ended the command. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Decoded as UTF-8 with replacement, carriage returns of a forced terminal removed, cut at `maxBytes`. */
  readonly stdout: string;
  readonly stderr: string;
};

export type RemoteSession = {
  /** Public key line of the host at the other end, `<type> <base64>`. */
  readonly hostKey: string;
  /** Runs one command line. Rejects with `BuilderUnreachable` if the connection ends or `timeoutMs` passes first. */
  readonly run: (
    command: string,
    options: { readonly timeoutMs: number; readonly maxBytes?: number; readonly signal?: AbortSignal },
  ) => Promise<RemoteResult>;
  /**
   * Runs a command and passes its raw output (stdout) to `onData` in order; each chunk is read only after the promise
   * for the previous one has completed (back-pressure). Resolves with the exit status.
   */
  readonly stream: (
    command: string,
    options: { readonly onData: (chunk: Buffer) => Promise<void>; readonly signal?: AbortSignal },
  ) => Promise<{ readonly code: number | null }>;
  /** Ends the connection; commands still running reject. */
  readonly close: () => void;
};

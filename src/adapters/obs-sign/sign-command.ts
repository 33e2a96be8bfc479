import type { LimitFunction } from 'p-limit';
import { PortFailure } from '../../ports/port-failure.js';
import { ProgramNotStarted } from '../process/program-not-started.js';
import { runCommand } from '../process/run-command.js';
import { notSigned } from '../rpm/signatures.js';

/** How long one call of `sign` may take. */
export type SignLimits = {
  /** Limit of a call without packages, and the fixed part of the limit of every call. */
  readonly callMs: number;
  /** For each package on top of that. */
  readonly packageMs: number;
};

export type SignCall = {
  /** The key's user, for messages. */
  readonly user: string;
  readonly args: readonly string[];
  readonly input?: Uint8Array;
  /** Packages that it signs; they follow the arguments. */
  readonly packages?: readonly string[];
  readonly signal?: AbortSignal | undefined;
};

/** Runs the client of signd; resolves with its output. */
export type SignCommand = (call: SignCall) => Promise<string>;

/**
 * `sign`, the client of signd (docs/neighbours/signing.md#the-program-sign): one try per call, under a time limit, as
 * soon as `limit` has room. The caller retries; an unknown key fails at once (`SigningKeyMissing`, not retryable).
 */
export function createSignCommand(deps: {
  readonly program: string;
  readonly limits: SignLimits;
  /** Shared by all calls. */
  readonly limit: LimitFunction;
}): SignCommand {
  const { program, limits, limit } = deps;
  return ({ user, args, input, packages = [], signal }) =>
    limit(async () => {
      signal?.throwIfAborted();
      const result = await runCommand(program, [...args, ...packages], {
        timeoutMs: limits.callMs + packages.length * limits.packageMs,
        ...(signal === undefined ? {} : { signal }),
        ...(input === undefined ? {} : { input }),
      }).catch((error: unknown) => {
        if (!(error instanceof ProgramNotStarted)) throw error;
        throw unavailable(`${error.message}; is sign_command right, and may this user run it?`, error);
      });
      if (result.code === 0) return result.stdout;
      signal?.throwIfAborted();
      if (result.stderr.includes('unknown key:'))
        throw new PortFailure('SigningKeyMissing', `signd has no key for ${user}`);
      if (result.timedOut) throw unavailable(`${result.summary}: signd does not answer`);
      // Its messages differ from release to release. Without a key signd was not reached; with one the signature
      // failed.
      if (packages.length === 0 && input === undefined) throw unavailable(`${user}: ${result.summary}`);
      throw notSigned(result, packages, `${user}: `);
    });
}

function unavailable(message: string, cause?: unknown): PortFailure {
  return new PortFailure('SignerUnavailable', message, cause === undefined ? {} : { cause });
}

import type { ProjectId } from '../../contracts/names/ids.js';
import type { Digest } from '../../ports/signing/signer.js';

/**
 * Keys, and signatures of files on this host. Rejects with PortFailure: `SignerUnavailable` (retryable), `SigningKeyMissing` (no such key) and
 * `SigningKeyExpired` (both answered by `ensureKey`, which waits where only a person can help), `KeygenRefused`,
 * `SigningFailed`, `SignatureInvalid`.
 */
export type FileSigner = {
  /** Resolves once the project has a key that can sign; safe to repeat, and safe when two callers race. */
  readonly ensureKey: (project: ProjectId, options?: { readonly signal?: AbortSignal }) => Promise<void>;
  /** Armored public key. */
  readonly publicKey: (project: ProjectId, options?: { readonly signal?: AbortSignal }) => Promise<string>;
  /** Signs those of the files that do not carry a good signature of this key yet; returns how many were signed now. */
  readonly sign: (request: {
    readonly project: ProjectId;
    readonly digest: Digest;
    /** Absolute paths of RPMs. */
    readonly files: readonly string[];
    readonly signal?: AbortSignal;
  }) => Promise<number>;
  /** Those of the files that do not carry a good signature by the project's key with `digest`, and only such. */
  readonly lacking: (request: {
    readonly project: ProjectId;
    readonly digest: Digest;
    readonly files: readonly string[];
    readonly signal?: AbortSignal;
  }) => Promise<readonly string[]>;
  /** Every file must carry a good signature by the project's key with `digest`; else rejects, naming the files. */
  readonly verify: (request: {
    readonly project: ProjectId;
    readonly digest: Digest;
    readonly files: readonly string[];
    readonly signal?: AbortSignal;
  }) => Promise<void>;
  /** Takes all signatures away, whosever they are; the content stays. */
  readonly unsign: (request: { readonly files: readonly string[]; readonly signal?: AbortSignal }) => Promise<void>;
  /** Armored detached sha256 signature of a file by the project's key; a good one, or it rejects. */
  readonly signDetached: (
    file: string,
    project: ProjectId,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<string>;
};

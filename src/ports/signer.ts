import type { ProjectId } from '../contracts/ids.js';

export type Digest = 'sha1' | 'sha256';

/**
 * Keys and signatures. Rejects with PortFailure: `SignerUnavailable` (retryable), `SigningKeyMissing` (no such key),
 * `SigningFailed`, `SignatureInvalid`.
 */
export type Signer = {
  /** Makes the project's key if there is none; safe to repeat, and safe when two callers race. */
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
  /** Every file must carry a good signature by the project's key with `digest`; else rejects, naming the files. */
  readonly verify: (request: {
    readonly project: ProjectId;
    readonly digest: Digest;
    readonly files: readonly string[];
    readonly signal?: AbortSignal;
  }) => Promise<void>;
};

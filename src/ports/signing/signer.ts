import type { ProjectId } from '../../contracts/names/ids.js';
import type { BuildPackages } from '../build/build-place.js';

export type Digest = 'sha1' | 'sha256';

/** Whether the rpm of a host finds good signatures with a digest good; `why` not, in its own words. */
export type DigestAnswer = { readonly isTaken: true } | { readonly isTaken: false; readonly why: string };

/** Whose key signs, and how. */
export type Signing = {
  readonly project: ProjectId;
  readonly digest: Digest;
  readonly signal?: AbortSignal;
};

/**
 * Keys and signatures. Rejects with PortFailure: `SignerUnavailable` (retryable), `SigningKeyMissing` (no such key) and
 * `SigningKeyExpired` (both answered by `ensureKey`, which waits where only a person can help), `KeygenRefused`,
 * `SigningFailed`, `SignatureInvalid`.
 */
export type Signer = {
  /** Resolves once the project has a key that can sign; safe to repeat, and safe when two callers race. */
  readonly ensureKey: (project: ProjectId, options?: { readonly signal?: AbortSignal }) => Promise<void>;
  /** Armored public key. */
  readonly publicKey: (project: ProjectId, options?: { readonly signal?: AbortSignal }) => Promise<string>;
  /** Signs those of the packages that do not carry a good signature of this key yet; returns how many were signed now. */
  readonly sign: (request: Signing & { readonly packages: readonly BuildPackages[] }) => Promise<number>;
  /**
   * Those of the packages that do not carry a good signature by the project's key with `digest`, and only such; builds of
   * which nothing lacks one are left out.
   */
  readonly lacking: (
    request: Signing & { readonly packages: readonly BuildPackages[] },
  ) => Promise<readonly BuildPackages[]>;
  /** Every package must carry a good signature by the project's key with `digest`; else rejects, naming the files. */
  readonly verify: (request: Signing & { readonly packages: readonly BuildPackages[] }) => Promise<void>;
  /** Takes all signatures away, whosever they are; the content stays. */
  readonly unsign: (request: {
    readonly packages: readonly BuildPackages[];
    readonly signal?: AbortSignal;
  }) => Promise<void>;
};

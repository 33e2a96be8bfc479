import type { ProjectId } from '../../contracts/names/ids.js';
import type { BuildPackages } from '../build/build-place.js';

export type Digest = 'sha1' | 'sha256';

/** Whether a host's rpm accepts good signatures with a digest; `why` is rpm's reason if it does not. */
export type DigestAnswer = { readonly isTaken: true } | { readonly isTaken: false; readonly why: string };

/** The owner of the signing key, and how to sign. */
export type Signing = {
  readonly project: ProjectId;
  readonly digest: Digest;
  readonly signal?: AbortSignal;
};

/**
 * Keys and signatures. Rejects with PortFailure: `SignerUnavailable` (retryable), `SigningKeyMissing` (no such key) and
 * `SigningKeyExpired` (for both, call `ensureKey`, which waits if only a person can help), `KeygenRefused`,
 * `SigningFailed`, `SignatureInvalid`.
 */
export type Signer = {
  /** Resolves once the project has a key that can sign; safe to repeat, also for two callers at once. */
  readonly ensureKey: (project: ProjectId, options?: { readonly signal?: AbortSignal }) => Promise<void>;
  /** Armored public key. */
  readonly publicKey: (project: ProjectId, options?: { readonly signal?: AbortSignal }) => Promise<string>;
  /** Signs the packages that do not yet have a good signature of this key; returns the number of packages signed. */
  readonly sign: (request: Signing & { readonly packages: readonly BuildPackages[] }) => Promise<number>;
  /**
   * The packages that lack a good signature by the project's key with `digest`, or have others besides; builds without
   * such packages are left out.
   */
  readonly lacking: (
    request: Signing & { readonly packages: readonly BuildPackages[] },
  ) => Promise<readonly BuildPackages[]>;
  /**
   * Checks that every package has a good signature by the project's key with `digest`; otherwise rejects, naming the
   * files.
   */
  readonly verify: (request: Signing & { readonly packages: readonly BuildPackages[] }) => Promise<void>;
  /** Removes all signatures, including those of others; the content stays. */
  readonly unsign: (request: {
    readonly packages: readonly BuildPackages[];
    readonly signal?: AbortSignal;
  }) => Promise<void>;
};

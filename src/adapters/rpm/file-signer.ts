import type { ProjectId } from '../../contracts/names/ids.js';
import type { Signer, Signing } from '../../ports/signing/signer.js';

/** Makes keys, and signatures of files on this host by absolute path. Rejects as `Signer` does. */
export type FileSigner = Pick<Signer, 'ensureKey' | 'publicKey'> & {
  /** Signs those of the files that do not carry a good signature of this key yet; returns how many were signed now. */
  readonly sign: (request: Signing & { readonly files: readonly string[] }) => Promise<number>;
  /** The files that lack a good signature by the project's key with `digest`, or have others besides. */
  readonly lacking: (request: Signing & { readonly files: readonly string[] }) => Promise<readonly string[]>;
  /** Every file must carry a good signature by the project's key with `digest`; else rejects, naming the files. */
  readonly verify: (request: Signing & { readonly files: readonly string[] }) => Promise<void>;
  /** Removes all signatures, including those of others; the content stays. */
  readonly unsign: (request: { readonly files: readonly string[]; readonly signal?: AbortSignal }) => Promise<void>;
  /** Makes an armored detached sha256 signature of a file with the project's key; rejects unless it verifies. */
  readonly signDetached: (
    file: string,
    project: ProjectId,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<string>;
};

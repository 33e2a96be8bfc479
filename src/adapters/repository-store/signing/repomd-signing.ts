import type { RepositoryId } from '../../../contracts/names/ids.js';

/** An armored detached signature of a repomd.xml, and the public key that verifies it. */
export type RepomdSignature = { readonly signature: string; readonly publicKey: string };

/** Signs a file for the project of a repository; the signature is verified. */
export type SignRepomd = (file: string, signal: AbortSignal | undefined) => Promise<RepomdSignature>;

/** The signer for a repository store, which has no keys. Rejects as `FileSigner` does. */
export type RepomdSigner = (repository: Pick<RepositoryId, 'owner' | 'dirname'>) => SignRepomd;

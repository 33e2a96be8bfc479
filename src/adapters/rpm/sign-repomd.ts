import type { RepositoryId } from '../../contracts/names/ids.js';

/** A detached signature of a repomd.xml, armored, and the public key it is by. */
export type RepomdSignature = { readonly signature: string; readonly publicKey: string };

/** Signs a file for the project of a repository; its answer is verified. */
export type SignRepomd = (file: string, signal: AbortSignal | undefined) => Promise<RepomdSignature>;

/** What a repository store is given to sign with: it knows no keys. Rejects as `FileSigner` does. */
export type RepomdSigner = (repository: Pick<RepositoryId, 'owner' | 'dirname'>) => SignRepomd;

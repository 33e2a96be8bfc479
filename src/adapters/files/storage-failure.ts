import { PortFailure } from '../../ports/port-failure.js';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free space below the results root',
  EDQUOT: 'the disk quota is used up: free space below the results root',
  EACCES: 'the service user may not write there: check the owner and the mode of the directory',
  EPERM: 'the service user may not do that: check the owner and the mode of the directory',
  EROFS: 'the file system is mounted read-only: check the storage and mount it for writing',
  EIO: 'the storage reports a hardware or network error: check it',
  ESTALE: 'the network storage lost the file: check the mount',
  ENOENT: 'a file or directory that should be there is gone: check that the results tree is mounted',
  ELOOP: 'a symbolic link is in the place of a file or directory: remove it',
  EEXIST: 'a file is in the place of a directory: remove it',
  ENOTDIR: 'a file is in the place of a directory: remove it',
  EXDEV: 'the directory spans two file systems: nothing may be mounted inside a project',
};

/** The errno of a system error, or null for any other error. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}

/**
 * Runs file work and turns a refusal of the system into `StorageFailed` with a line that says what to do. It may
 * succeed later, for example once a full disk is emptied. Any other error is a defect and passes through.
 */
export async function withStorage<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    const advice = ADVICE[errno] ?? 'check the storage of the results tree';
    throw new PortFailure('StorageFailed', `${doing}: ${errno}; ${advice}`, { cause: error });
  }
}

/** Resolves with null if the file does not exist; rejects with every other error. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

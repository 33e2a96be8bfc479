import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { acquireFileLock } from '../../process/file-lock.js';
import { ProgramNotStarted } from '../../process/program-not-started.js';
import type { TreePaths } from '../../file-tree/paths.js';
import { makeStagingRoot } from '../../file-tree/staging.js';
import { digestOfFile } from '../../files/digest.js';
import { orNull } from '../../files/storage-failure.js';
import { generationsDirectory, preparedPlace } from '../generations/generations.js';
import { placeOf } from '../metadata/metadata.js';

/** A publisher holds the lock for less than a second; one that holds it this long hangs, or was stopped. */
const MAX_WAIT_MS = 60_000;

/**
 * Runs `work` while nobody else changes what clients can see of a chroot directory, on this host or another one that
 * shares the tree. The workflow has one publication at a time, but a worker that is cut off continues for some seconds
 * beside the one that got its work. Rejects with `RepositoryFailed` if the lock is not available.
 */
export async function withPublisherLock<T>(
  paths: TreePaths,
  repository: RepositoryId,
  options: { readonly signal?: AbortSignal | undefined; readonly waitMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const file = path.join(await makeStagingRoot(paths, repository), `lock=${repository.chroot}`);
  const timeout = AbortSignal.timeout(options.waitMs ?? MAX_WAIT_MS);
  const stop = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const lock = await acquireFileLock(file, stop).catch((error: unknown) => {
    if (!(error instanceof ProgramNotStarted)) throw error;
    throw new PortFailure('RepositoryFailed', error.message, { cause: error });
  });
  options.signal?.throwIfAborted();
  if (lock === null) {
    const message = `${file} is held by another publisher, which hangs: end its process`;
    throw new PortFailure('RepositoryFailed', message);
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Fingerprint of the live and the prepared metadata; it stays equal as long as nobody publishes. */
export async function publishedState(live: string): Promise<string> {
  const files = [placeOf(live).repomd, preparedPlace(live).repomd, path.join(generationsDirectory(live), 'hold.json')];
  return (await Promise.all(files.map((file) => orNull(digestOfFile(file, 'sha256'))))).join(' ');
}

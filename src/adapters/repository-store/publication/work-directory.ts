import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { makeDirectories } from '../../files/make-directories.js';
import type { TreePaths } from '../../file-tree/paths.js';
import { makeStagingRoot } from '../../file-tree/staging.js';
import { formatRepomd, type Repomd } from '../metadata/repomd.js';

/**
 * Runs `work` in a separate directory on the file system of the results, outside every chroot directory, and always
 * removes it. The caller is the only writer of this repository, so anything already there was left by a killed run.
 */
export async function withWorkDirectory<T>(
  paths: TreePaths,
  repository: RepositoryId,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const root = await makeStagingRoot(paths, repository);
  const prefix = `repodata=${repository.chroot}=`;
  for (const name of await readdir(root)) {
    if (name.startsWith(prefix)) await rm(path.join(root, name), { recursive: true, force: true });
  }
  const directory = path.join(root, prefix + randomBytes(8).toString('hex'));
  await mkdir(directory, { mode: 0o755 });
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Makes a repodata directory of hard links to these live files, for `--update` to read; createrepo_c replaces files and
 * never writes into them.
 */
export async function linkLive(live: string, copy: string, files: Repomd): Promise<void> {
  await makeDirectories(copy, { mode: 0o755 });
  for (const name of new Set(files.files.map((file) => file.name))) {
    await link(path.join(live, name), path.join(copy, name));
  }
  await writeFile(path.join(copy, 'repomd.xml'), formatRepomd(files));
}

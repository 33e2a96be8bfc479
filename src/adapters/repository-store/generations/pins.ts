import { link, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { syncDirectory } from '../../files/atomic-file.js';
import { exists } from '../../files/entries.js';
import { makeDirectories } from '../../files/make-directories.js';
import { insideRoot, makeDirectory, type TreePaths } from '../../file-tree/paths.js';
import { orNull } from '../../files/storage-failure.js';
import { generationsDirectory, type Generation } from './generations.js';
import type { Metadata } from '../metadata/metadata.js';
import { keptSignature, placeSignature, keepSignature } from '../signing/repomd-signature.js';

/** Directory of a pinned generation, beside the chroots: no scan of a repository ever sees it. */
export function pinDirectory(paths: TreePaths, repository: RepositoryId, generation: string): string {
  return path.join(pinsDirectory(paths, repository), generation);
}

/** Pinned generations of a repository, newest first. */
export async function listPins(paths: TreePaths, repository: RepositoryId): Promise<readonly string[]> {
  const names = (await orNull(readdir(pinsDirectory(paths, repository)))) ?? [];
  return names.filter((name) => /^\d{1,15}$/.test(name)).sort((one, other) => Number(other) - Number(one));
}

/**
 * Turns a generation into a separate repository at a permanent URL, with hard links of its metadata and packages. Its
 * packages stay, whatever happens to the original repository. One rename makes it visible.
 */
export async function pin(
  paths: TreePaths,
  repository: RepositoryId,
  what: { readonly generation: Generation; readonly metadata: Metadata; readonly workDir: string },
): Promise<void> {
  const { generation, metadata, workDir } = what;
  const target = pinDirectory(paths, repository, generation.revision);
  if (await exists(target)) return;
  const made = path.join(workDir, 'pin');
  const repodata = path.join(made, 'repodata');
  await makeDirectories(repodata, { mode: 0o755, below: workDir });
  const directories = new Set<string>([repodata]);
  for (const { name } of metadata.repomd.files)
    await link(path.join(generation.place.repodata, name), path.join(repodata, name));
  for (const href of metadata.packages.keys()) {
    const directory = path.join(made, path.dirname(href));
    if (!directories.has(directory)) await makeDirectories(directory, { mode: 0o755, below: made });
    directories.add(directory);
    await link(path.join(paths.chroot(repository), href), path.join(made, href));
  }
  await link(generation.place.repomd, path.join(repodata, 'repomd.xml'));
  const signed = await keptSignature(generationsDirectory(generation.place.repodata), generation.place.repomd);
  if (signed !== null) {
    await keepSignature(generationsDirectory(repodata), path.join(repodata, 'repomd.xml'), signed);
    await placeSignature(repodata, path.join(repodata, 'repomd.xml'));
  }
  for (const directory of directories) await syncDirectory(directory);
  await makeDirectory(paths, path.dirname(target));
  await rename(made, target);
  await syncDirectory(path.dirname(target));
}

/** Removes a pinned generation; succeeds if it does not exist. */
export async function unpin(paths: TreePaths, repository: RepositoryId, generation: string): Promise<void> {
  const directory = pinDirectory(paths, repository, generation);
  await insideRoot(paths, directory);
  await rm(directory, { recursive: true, force: true });
}

function pinsDirectory(paths: TreePaths, repository: RepositoryId): string {
  return path.join(paths.project(repository), 'pinned', path.basename(paths.chroot(repository)));
}

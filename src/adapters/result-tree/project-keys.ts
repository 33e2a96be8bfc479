import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DirectoryId } from '../../contracts/action/action.js';
import type { ProjectKeys } from '../../ports/signing/project-keys.js';
import { makeDirectory, type TreePaths } from '../file-tree/paths.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { statOf } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';

/** `pubkey.gpg` in the directories of projects (docs/neighbours/storage.md#tree). */
export function createProjectKeys({ paths }: { readonly paths: TreePaths }): ProjectKeys {
  const fileOf = (of: DirectoryId): string => path.join(paths.project(of), 'pubkey.gpg');
  return {
    write: async (of, armored) =>
      paths.within(`${fileOf(of)} cannot be written`, async () => {
        await makeDirectory(paths, paths.project(of));
        if ((await orNull(readFile(fileOf(of), 'utf8'))) !== armored) await writeFileAtomic(fileOf(of), armored);
      }),
    has: async (of) =>
      paths.within(`${fileOf(of)} cannot be read`, async () => ((await statOf(fileOf(of)))?.size ?? 0) > 0),
    matches: async (of, armored) =>
      paths.within(
        `${fileOf(of)} cannot be read`,
        async () => (await orNull(readFile(fileOf(of), 'utf8'))) === armored,
      ),
  };
}

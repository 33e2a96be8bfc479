import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ProjectId } from '../../contracts/names/ids.js';
import { STORE_KINDS, type StoreKind } from '../../contracts/store-kind.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { orNull } from '../files/storage-failure.js';
import { makeDirectory, type TreePaths } from './paths.js';

/** A file of a project's main directory. */
const PACKAGES_PLACE = '.packages-place.json';

const Note = z.object({ store: z.enum(STORE_KINDS) });

/**
 * The store that has a project's packages while they move, whatever its tasks say (docs/decisions/0084); null: its tasks
 * say it. Rejects with the system's errors.
 */
export async function readPackagesPlace(
  paths: Pick<TreePaths, 'project'>,
  project: ProjectId,
): Promise<StoreKind | null> {
  const text = await orNull(readFile(fileOf(paths, project), 'utf8'));
  return text === null ? null : Note.parse(JSON.parse(text)).store;
}

/** Null: its tasks say it from now on. */
export async function writePackagesPlace(paths: TreePaths, project: ProjectId, store: StoreKind | null): Promise<void> {
  const file = fileOf(paths, project);
  if (store === null) return rm(file, { force: true });
  await makeDirectory(paths, path.dirname(file));
  await writeFileAtomic(file, `${JSON.stringify({ store } satisfies z.infer<typeof Note>)}\n`);
}

function fileOf(paths: Pick<TreePaths, 'project'>, { owner, project }: ProjectId): string {
  return path.join(paths.project({ owner, dirname: project }), PACKAGES_PLACE);
}

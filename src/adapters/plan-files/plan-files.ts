import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { MAX_INLINE_LIST, type ChangeLists, type PlanFile } from '../../contracts/repository/repository.js';
import type { PlanFiles } from '../../ports/plan-files.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { digestOf } from '../files/digest.js';
import { statOf } from '../files/entries.js';
import { createTreePaths } from '../file-tree/paths.js';
import { makeStagingRoot } from '../file-tree/staging.js';
import { orNull } from '../files/storage-failure.js';

/** A publication is retried for 30 days at most; nobody reads its plan after that. */
const KEPT_MS = 40 * 86_400_000;

const Lists = z.object({ add: z.array(z.string()), delete: z.array(z.string()), removeRpms: z.array(z.string()) });

/**
 * Plan files in the staging directory of the project: hosts share the tree but not their `state_dir`. A file is named
 * by its content, so that writing it again changes nothing.
 */
export function createPlanFiles(deps: { readonly destdir: string; readonly now?: () => number }): PlanFiles {
  const paths = createTreePaths(deps.destdir);
  const now = deps.now ?? Date.now;

  async function write(repository: RepositoryId, lists: ChangeLists): Promise<PlanFile> {
    const { add, delete: gone, removeRpms } = lists;
    const text = JSON.stringify({ add, delete: gone, removeRpms });
    const sha256 = digestOf(text);
    const prefix = `plan=${repository.chroot}=`;
    const plan = { file: `${prefix}${sha256}.json`, count: countOf(lists), sha256 };
    return paths.within(`${paths.chroot(repository)}: the work list cannot be written`, async () => {
      const root = await makeStagingRoot(paths, repository);
      for (const name of await readdir(root)) {
        const stats = name.startsWith(prefix) ? await statOf(path.join(root, name)) : null;
        if (stats !== null && stats.mtimeMs < now() - KEPT_MS) await rm(path.join(root, name), { force: true });
      }
      await writeFileAtomic(path.join(root, plan.file), text);
      return plan;
    });
  }

  return {
    shorten: async (repository, change) => {
      if (countOf(change) <= MAX_INLINE_LIST) return change;
      if (change.plan !== null) throw new Error('a change has its lists in a plan file or in itself, not in both');
      return { ...change, add: [], delete: [], removeRpms: [], plan: await write(repository, change) };
    },
    read: async (repository, plan) => {
      const name = `plan=${repository.chroot}=${plan.sha256}.json`;
      if (name !== plan.file || !/^[0-9a-f]{64}$/.test(plan.sha256))
        throw broken(plan, 'does not belong to this repository');
      const file = path.join(paths.stagingRoot(repository), name);
      const text = await paths.within(`${file} cannot be read`, () => orNull(readFile(file, 'utf8')));
      if (text === null) throw broken(plan, 'is gone');
      if (digestOf(text) !== plan.sha256) throw broken(plan, 'differs from the one written');
      return Lists.parse(JSON.parse(text));
    },
  };
}

function countOf(lists: ChangeLists): number {
  return lists.add.length + lists.delete.length + lists.removeRpms.length;
}

function broken(plan: PlanFile, why: string): PortFailure {
  // Nobody writes a list a second time, so it is lost.
  return new PortFailure('RepositoryFailed', `the work list ${plan.file} ${why}: ask for the change again`, {
    retryable: false,
  });
}

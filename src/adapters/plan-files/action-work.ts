import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { WorkFile, WorkList } from '../../contracts/action/action.js';
import { MAX_INLINE_LIST } from '../../contracts/repository/repository.js';
import type { ActionWork } from '../../ports/action/action-work.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { digestOf } from '../files/digest.js';
import { makeDirectories } from '../files/make-directories.js';
import { createTreePaths } from '../file-tree/paths.js';
import { orNull } from '../files/storage-failure.js';

/** Below the root, closed to the web server. */
const DIRECTORY = '.actions';
/** Longest list that is part of the plan itself, in characters. */
const MAX_INLINE_TEXT = 16_000;

/** Lists of actions below the results root, `.actions/<id>=<name>=<sha256>.json`: hosts share the tree. */
export function createActionWork(deps: { readonly destdir: string }): ActionWork {
  const { root, within } = createTreePaths(deps.destdir);
  const directory = path.join(root, DIRECTORY);

  async function file<T>(actionId: number, name: string, items: readonly T[]): Promise<WorkList<T>> {
    const text = JSON.stringify(items);
    const sha256 = digestOf(text);
    const work: WorkFile = { file: `${actionId}=${name}=${sha256}.json`, count: items.length, sha256 };
    await within(`${directory}: the work list cannot be written`, async () => {
      await makeDirectories(directory, { mode: 0o700, below: root });
      await writeFileAtomic(path.join(directory, work.file), text);
    });
    return { items: null, file: work };
  }

  return {
    file,
    list: async (actionId, name, items) => {
      const isShort = items.length <= MAX_INLINE_LIST && JSON.stringify(items).length <= MAX_INLINE_TEXT;
      return isShort ? { items, file: null } : file(actionId, name, items);
    },
    read: async <T>(list: WorkList<T>): Promise<readonly T[]> => {
      if (list.file === null) return list.items;
      const { file: name, sha256 } = list.file;
      if (!/^\d+=[A-Za-z]+=[0-9a-f]{64}\.json$/.test(name)) throw broken(name, 'has no name of one');
      const text = await within(`${directory}/${name} cannot be read`, () =>
        orNull(readFile(path.join(directory, name), 'utf8')),
      );
      if (text === null) throw broken(name, 'is gone');
      if (digestOf(text) !== sha256) throw broken(name, 'differs from the one written');
      return JSON.parse(text) as readonly T[];
    },
    discard: (actionId) =>
      within(`${directory} cannot be emptied`, async () => {
        for (const name of (await orNull(readdir(directory))) ?? []) {
          if (name.startsWith(`${actionId}=`)) await rm(path.join(directory, name), { force: true });
        }
      }),
  };
}

function broken(name: string, why: string): PortFailure {
  // Nobody writes a list a second time, so it is lost.
  return new PortFailure('StorageFailed', `the work list ${name} ${why}: ask for the action again`, {
    retryable: false,
  });
}

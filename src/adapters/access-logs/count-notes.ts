import { chown, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { CountNotes } from '../../ports/maintenance/hit-counting.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createMountedRoot } from '../file-tree/mounted-root.js';
import { syncDirectory, writeFileAtomic } from '../files/atomic-file.js';
import { digestOf } from '../files/digest.js';
import { errnoOf, orNull } from '../files/storage-failure.js';
import { acquireFileLock, underLock } from '../process/file-lock.js';

/** Directory below the results root, hidden from the web server: every host that mounts the tree sees the same notes. */
const COUNTED = '.counted';
const LOCK = 'lock';
const LOCK_WAIT_MS = 2000;
const DAY_MS = 86_400_000;

const Position = z.int().min(0);
const Note = z.discriminatedUnion('state', [
  z.object({ state: z.literal('counted'), upTo: Position }),
  z.object({
    state: z.literal('sending'),
    from: Position,
    upTo: Position,
    count: z.object({ from: z.number(), to: z.number(), hits: z.record(z.string(), z.int()) }),
  }),
]);
const File = z.object({ id: z.string(), note: Note });

/** `CountNotes` in files of the results tree, one for each log. */
export function createCountNotes(deps: { readonly destdir: string; readonly now?: () => number }): CountNotes {
  const root = path.resolve(deps.destdir);
  const directory = path.join(root, COUNTED);
  const within = createMountedRoot(root);
  const now = deps.now ?? Date.now;
  const fileOf = (id: string): string => path.join(directory, `${digestOf(id)}.json`);

  /** Belongs to the owner of the results even if root counts first, as from logrotate. */
  async function makeDirectory(): Promise<void> {
    try {
      await mkdir(directory, { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return;
      throw error;
    }
    const { uid, gid } = await stat(root);
    if (process.getuid?.() === 0) await chown(directory, uid, gid);
  }

  return {
    alone: async (work) => {
      const lock = await within(`${directory} cannot be locked`, async () => {
        await makeDirectory();
        return acquireFileLock(path.join(directory, LOCK), AbortSignal.timeout(LOCK_WAIT_MS));
      });
      return underLock(lock, work);
    },
    read: (id) =>
      within(`${fileOf(id)} cannot be read`, async () => {
        const text = await orNull(readFile(fileOf(id), 'utf8'));
        return text === null ? null : parse(fileOf(id), text);
      }),
    write: (id, note) =>
      within(`${fileOf(id)} cannot be written`, async () => {
        await makeDirectory();
        await writeFileAtomic(fileOf(id), JSON.stringify({ id, note }));
      }),
    forget: (id) =>
      within(`${fileOf(id)} cannot be removed`, async () => {
        await rm(fileOf(id), { force: true });
        await syncDirectory(directory);
      }),
    touch: (id) =>
      within(`${fileOf(id)} cannot be touched`, async () => {
        const seen = new Date(now());
        await orNull(utimes(fileOf(id), seen, seen));
      }),
    forgetOld: (days) =>
      within(`${directory} cannot be cleaned`, async () => {
        for (const name of (await orNull(readdir(directory))) ?? []) {
          if (!/^[\da-f]{64}\.json$/.test(name)) continue;
          const file = path.join(directory, name);
          const [stats, text] = [await orNull(stat(file)), await orNull(readFile(file, 'utf8'))];
          if (stats === null || text === null || stats.mtimeMs > now() - days * DAY_MS) continue;
          if (parse(file, text).state === 'counted') await rm(file, { force: true });
        }
      }),
  };
}

function parse(file: string, text: string): z.output<typeof Note> {
  try {
    return File.parse(JSON.parse(text)).note;
  } catch (error) {
    const message = `${file} is not a note about counted hits: move it away if its log may be counted from its beginning`;
    // It stays unreadable.
    throw new PortFailure('StorageFailed', message, { retryable: false, cause: error });
  }
}

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** A separate small file system that can be filled. */
export type SmallDisk = {
  /** Why there is none; null: there is one. */
  readonly missing: string | null;
  /** Keeps it full, even when something on it is removed, until `free`. */
  readonly fill: () => void;
  readonly free: () => void;
  readonly remove: () => Promise<void>;
};

const SIZE = '96m';
const FILL_AGAIN_MS = 20;
const CHUNK = Buffer.alloc(64 * 1024);
const PAGE = Buffer.alloc(4096);

/** Mounts a tmpfs at `directory`, which needs root's permission to mount; if that fails, `missing` says why. */
export async function mountSmallDisk(directory: string): Promise<SmallDisk> {
  await mkdir(directory, { recursive: true });
  const mounted = await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'copr-drill', directory], {
    timeoutMs: 10_000,
  });
  if (mounted.code !== 0) return noDisk(mounted.summary);
  const file = join(directory, '.drill-ballast');
  let keeping: NodeJS.Timeout | undefined;
  let handle: number | undefined;

  function writeUntilFull(): void {
    for (const piece of [CHUNK, PAGE]) {
      try {
        while (handle !== undefined && writeSync(handle, piece) > 0) continue;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  function free(): void {
    clearInterval(keeping);
    if (handle !== undefined) closeSync(handle);
    handle = undefined;
    rmSync(file, { force: true });
  }

  return {
    missing: null,
    fill: () => {
      handle = openSync(file, 'a');
      writeUntilFull();
      keeping = setInterval(writeUntilFull, FILL_AGAIN_MS);
    },
    free,
    remove: async () => {
      free();
      const ended = await runCommand('umount', [directory], { timeoutMs: 10_000 });
      if (ended.code !== 0) throw new Error(ended.summary);
    },
  };
}

function noDisk(why: string): SmallDisk {
  const refuse = (): never => {
    throw new Error(`no file system of its own: ${why}`);
  };
  return { missing: why, fill: refuse, free: () => undefined, remove: () => Promise.resolve() };
}

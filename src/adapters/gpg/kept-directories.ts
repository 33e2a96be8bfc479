import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectories } from '../files/make-directories.js';

/** Directories kept at a time; the least recently used one is removed. */
const MAX_DIRECTORIES = 100;

/** Reusable directories of this process that are costly to make, below one that all processes share. */
export type KeptDirectories = {
  /** The directory with this name; `fill` makes its content the first time. If that fails, it is not kept. */
  readonly keep: (name: string, fill: (directory: string) => Promise<void>) => Promise<string>;
  /** Removes a useless directory; the next `keep` makes it again. */
  readonly forget: (directory: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Keeps them in `parent`, which exists; removes those left there by dead processes. */
export function keepDirectories(parent: string): KeptDirectories {
  const known = new Map<string, Promise<string>>();
  let root: Promise<string> | null = null;

  async function openRoot(): Promise<string> {
    for (const name of await readdir(parent)) {
      const owner = /^kept-(\d+)-/.exec(name)?.[1];
      if (owner !== undefined && !isAlive(Number(owner)))
        await rm(path.join(parent, name), { recursive: true, force: true });
    }
    return mkdtemp(path.join(parent, `kept-${process.pid}-`));
  }

  async function make(fill: (directory: string) => Promise<void>): Promise<string> {
    const above = await (root ??= openRoot());
    await makeDirectories(above, { mode: 0o700 });
    const directory = await mkdtemp(path.join(above, 'one-'));
    await fill(directory);
    return directory;
  }

  return {
    keep: async (name, fill) => {
      const made = known.get(name) ?? make(fill);
      known.delete(name);
      known.set(name, made);
      made.catch(() => known.delete(name));
      for (const [oldest, directory] of known) {
        if (known.size <= MAX_DIRECTORIES) break;
        known.delete(oldest);
        await rm(await directory, { recursive: true, force: true });
      }
      return made;
    },
    forget: async (directory) => {
      for (const [name, made] of known) if ((await made) === directory) known.delete(name);
      await rm(directory, { recursive: true, force: true });
    },
    close: async () => {
      known.clear();
      if (root !== null) await rm(await root, { recursive: true, force: true });
      root = null;
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

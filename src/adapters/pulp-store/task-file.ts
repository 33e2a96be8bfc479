import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { TaskMemory } from '../pulp/tasks.js';

const Tasks = z.record(z.string(), z.string());

/** The tasks of a chroot directory that Pulp has accepted and nobody has seen the end of. */
export type TaskFile = TaskMemory & { readonly all: () => Readonly<Record<string, string>> };

/**
 * Remembers tasks in a file of the chroot directory: it outlives the attempt, the worker and the host. Written at once
 * and without a turn of the event loop in between, so that nothing is awaited between the answer and the note. Throws
 * ENOENT if the directory is gone: it is not made again.
 */
export function createTaskFile(chrootDir: string): TaskFile {
  const file = path.join(chrootDir, '.pulp-tasks.json');
  const read = (): Readonly<Record<string, string>> => {
    try {
      return Tasks.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
      throw error;
    }
  };
  return {
    all: read,
    remembered: (step) => read()[step],
    remember: (step, href) => {
      const others = Object.entries(read()).filter(([known]) => known !== step);
      const tasks = Object.fromEntries(href === null ? others : [...others, [step, href]]);
      if (Object.keys(tasks).length === 0) {
        rmSync(file, { force: true });
        return;
      }
      writeFileSync(`${file}.new`, JSON.stringify(tasks));
      renameSync(`${file}.new`, file);
    },
  };
}

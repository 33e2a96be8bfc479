import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../files/storage-failure.js';
import type { TaskMemory } from '../pulp/tasks.js';

const Tasks = z.record(z.string(), z.string());

/** The tasks of a chroot directory that Pulp has accepted and nobody has seen the end of. */
export type TaskFile = TaskMemory & { readonly all: () => Readonly<Record<string, string>> };

/**
 * Remembers tasks in a file of the chroot directory: it outlives the attempt, the worker and the host. Written at once
 * and without a turn of the event loop in between, so that nothing is awaited between the answer and the note. A
 * directory that is gone is not made again; what is under way then is remembered for as long as this process looks.
 */
export function createTaskFile(chrootDir: string): TaskFile {
  const file = path.join(chrootDir, '.pulp-tasks.json');
  let unwritten: Readonly<Record<string, string>> = {};
  const read = (): Readonly<Record<string, string>> =>
    unlessGone(() => Tasks.parse(JSON.parse(readFileSync(file, 'utf8')))) ?? unwritten;
  return {
    all: read,
    remembered: (step) => read()[step],
    remember: (step, href) => {
      const others = Object.entries(read()).filter(([known]) => known !== step);
      const tasks = Object.fromEntries(href === null ? others : [...others, [step, href]]);
      unwritten = {};
      if (Object.keys(tasks).length === 0) {
        rmSync(file, { force: true });
        return;
      }
      const written = unlessGone(() => {
        writeFileSync(`${file}.new`, JSON.stringify(tasks));
        renameSync(`${file}.new`, file);
        return true;
      });
      if (written === null) unwritten = tasks;
    },
  };
}

/** Null: there is no such file, or no directory for it. */
function unlessGone<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

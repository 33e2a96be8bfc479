import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CHECKS, type CheckMemory, type CheckName } from '../../domain/maintenance/reconciliation.js';
import type { ReconcileMemory } from '../../ports/maintenance/reconciliation.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { makeDirectories } from '../files/make-directories.js';
import { orNull } from '../files/storage-failure.js';
import { createTreePaths } from '../file-tree/paths.js';
import { acquireFileLock, underLock } from '../process/file-lock.js';

const Suspect = z.object({
  ...{ key: z.string(), text: z.string(), remedy: z.string() },
  ...{ since: z.iso.datetime(), looks: z.int().min(0), fixes: z.int().min(0) },
});
const State = z.object({
  checks: z.partialRecord(z.enum(CHECKS), z.object({ place: z.string().nullable(), suspects: z.array(Suspect) })),
});

/** A check takes minutes: who does not get it soon leaves it to the other round. */
const CHECK_WAIT_MS = 2000;
/** Another round writes the file in milliseconds. */
const WRITE_WAIT_MS = 30_000;

/** A file at the top of the results tree: a round may run on any host that mounts it. */
export function createReconcileMemory(deps: { readonly destdir: string }): ReconcileMemory {
  const { root, within } = createTreePaths(deps.destdir);
  const directory = path.join(root, '.reconcile');
  const file = path.join(directory, 'state.json');

  /** Null: another process had the lock all the time. */
  async function locked<T>(
    { name, waitMs }: { readonly name: string; readonly waitMs: number },
    work: (lost: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    const lock = await within(`${directory} cannot be locked`, async () => {
      await makeDirectories(directory, { mode: 0o700, below: root });
      return acquireFileLock(path.join(directory, `${name}.lock`), AbortSignal.timeout(waitMs));
    });
    return underLock(lock, work);
  }

  /** Null for a file that cannot be understood. */
  const readAll = (): Promise<ReadonlyMap<CheckName, CheckMemory> | null> =>
    within(`${file} cannot be read`, async () => {
      const text = await orNull(readFile(file, 'utf8'));
      return text === null ? new Map<CheckName, CheckMemory>() : parse(text);
    });

  return {
    alone: (check, work) => locked({ name: check, waitMs: CHECK_WAIT_MS }, work),
    read: async (check) => {
      const all = await readAll();
      if (all !== null) return { memory: all.get(check) ?? null, lost: null };
      return { memory: null, lost: `${file} was unreadable: what earlier rounds found is forgotten` };
    },
    write: async (check, memory) => {
      const written = await locked({ name: 'state', waitMs: WRITE_WAIT_MS }, async () => {
        const all = new Map(await readAll()).set(check, memory);
        await within(`${file} cannot be written`, () =>
          writeFileAtomic(file, `${JSON.stringify({ checks: Object.fromEntries(all) })}\n`),
        );
        return true;
      });
      if (written === null) throw new PortFailure('StorageFailed', `${file} cannot be written: others hold its lock`);
    },
  };
}

/** Null for a text that is not a memory: a torn or foreign file proves nothing. */
function parse(text: string): ReadonlyMap<CheckName, CheckMemory> | null {
  try {
    const { checks } = State.parse(JSON.parse(text));
    return new Map(CHECKS.flatMap((name) => (checks[name] === undefined ? [] : [[name, checks[name]] as const])));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

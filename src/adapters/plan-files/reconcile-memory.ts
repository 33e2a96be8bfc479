import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { CHECKS, type CheckMemory, type CheckName } from '../../domain/maintenance/reconciliation.js';
import type { ReconcileMemory } from '../../ports/maintenance/reconciliation.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { makeDirectories } from '../files/make-directories.js';
import { orNull } from '../files/storage-failure.js';
import { createTreePaths } from '../file-tree/paths.js';

const Suspect = z.object({
  ...{ key: z.string(), text: z.string(), remedy: z.string() },
  ...{ since: z.iso.datetime(), looks: z.int().min(0), fixes: z.int().min(0) },
});
const State = z.object({
  checks: z.partialRecord(z.enum(CHECKS), z.object({ place: z.string().nullable(), suspects: z.array(Suspect) })),
});

/** A file at the top of the results tree: a round may run on any host that mounts it. */
export function createReconcileMemory(deps: { readonly destdir: string }): ReconcileMemory {
  const { root, within } = createTreePaths(deps.destdir);
  const directory = path.join(root, '.reconcile');
  const file = path.join(directory, 'state.json');
  return {
    read: () =>
      within(`${file} cannot be read`, async () => {
        const text = await orNull(readFile(file, 'utf8'));
        if (text === null) return { memory: new Map(), lost: null };
        const memory = parse(text);
        if (memory !== null) return { memory, lost: null };
        return { memory: new Map(), lost: `${file} was unreadable: what earlier rounds found is forgotten` };
      }),
    write: (memory) =>
      within(`${file} cannot be written`, async () => {
        await makeDirectories(directory, { mode: 0o700, below: root });
        await writeFileAtomic(file, `${JSON.stringify({ checks: Object.fromEntries(memory) })}\n`);
      }),
  };
}

/** Null for a text that is not a memory: a torn or foreign file is no evidence of anything. */
function parse(text: string): ReadonlyMap<CheckName, CheckMemory> | null {
  try {
    const { checks } = State.parse(JSON.parse(text));
    return new Map(CHECKS.flatMap((name) => (checks[name] === undefined ? [] : [[name, checks[name]] as const])));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Installation } from '../bench/installation/installation.js';

const PoolState = z.object({
  lastTicket: z.number(),
  tickets: z.array(z.object({ id: z.number(), state: z.string() })),
});

/** The pool's own record of its tickets. */
export async function readPoolState({
  directory,
}: Pick<Installation, 'directory'>): Promise<z.infer<typeof PoolState>> {
  return PoolState.parse(JSON.parse(await readFile(join(directory.playground, 'pool', 'pool.json'), 'utf8')));
}

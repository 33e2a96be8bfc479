import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A fresh temporary directory; `remove` leaves nothing behind. */
export async function givenDirectory(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-test-'));
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

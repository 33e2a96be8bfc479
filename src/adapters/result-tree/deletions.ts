import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Deletion } from '../../contracts/action.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from './atomic-file.js';
import { exists } from './entries.js';
import { orNull } from './storage-failure.js';

/** Directory below the root in which deletions are remembered. */
export const DELETIONS = '.deleted';

const Mark = z.object({ action: z.int(), at: z.string() });

/** Remembers that an action deletes it: what has been under way there since before makes nothing anew. */
export async function rememberDeletion(root: string, deleted: Deletion, action: number): Promise<void> {
  const known = await deletedBy(root, deleted);
  if (known !== null && known >= action) return;
  const file = markOf(root, deleted);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, JSON.stringify({ action, at: new Date().toISOString() }));
}

/** The latest action that deleted it; null: none did. */
export async function deletedBy(root: string, deleted: Deletion): Promise<number | null> {
  const text = await orNull(readFile(markOf(root, deleted), 'utf8'));
  return text === null ? null : Mark.parse(JSON.parse(text)).action;
}

/**
 * Rejects with `ProjectDeleted` where `directory` (of a project, or below it) is missing because an action deleted the
 * project's directory or the chroot.
 */
export async function refuseDeleted(root: string, directory: string): Promise<void> {
  if (await exists(directory)) return;
  const [owner, dirname, chroot] = path.relative(root, directory).split(path.sep);
  if (owner === undefined || dirname === undefined) return;
  const candidates = [null, ...(chroot === undefined || chroot.startsWith('.') ? [] : [chroot])];
  for (const candidate of candidates) {
    const action = await deletedBy(root, { owner, dirname, chroot: candidate });
    if (action === null) continue;
    const what = [owner, dirname, ...(candidate === null ? [] : [candidate])].join('/');
    throw new PortFailure('ProjectDeleted', `${what} was deleted meanwhile (action ${action})`, { retryable: false });
  }
}

/** Nothing that was under way then is any more: a build or publication is tried for 30 days at most. */
const REMEMBERED_MS = 40 * 86_400_000;

/** Forgets deletions of long ago. */
export async function forgetOldDeletions(root: string, now: number): Promise<void> {
  const directory = path.join(root, DELETIONS);
  for (const name of (await orNull(readdir(directory, { recursive: true }))) ?? []) {
    if (path.basename(name) !== '.mark') continue;
    const file = path.join(directory, name);
    const stats = await orNull(stat(file));
    if (stats !== null && stats.mtimeMs < now - REMEMBERED_MS) await rm(file, { force: true });
  }
}

function markOf(root: string, { owner, dirname, chroot }: Deletion): string {
  return path.join(root, DELETIONS, owner, dirname, ...(chroot === null ? [] : [chroot]), '.mark');
}

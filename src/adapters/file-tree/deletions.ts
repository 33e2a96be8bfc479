import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Deletion } from '../../contracts/action/action.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { exists } from '../files/entries.js';
import { makeDirectories } from '../files/make-directories.js';
import { orNull } from '../files/storage-failure.js';

/** Directory below the root in which deletions are remembered. */
export const DELETIONS = '.deleted';

const Mark = z.object({
  action: z.int(),
  at: z.string(),
  /** It was not deleted but renamed to this, `owner/dirname`. */
  renamedTo: z.string().optional(),
});
type Mark = z.infer<typeof Mark>;

/** Records that an action deletes or renames it, so that work already under way there does not create it again. */
export async function rememberDeletion(
  root: string,
  deleted: Deletion,
  action: number,
  renamedTo?: string,
): Promise<void> {
  const known = await deletedBy(root, deleted);
  if (known !== null && known >= action) return;
  const file = markOf(root, deleted);
  await makeDirectories(path.dirname(file), { mode: 0o700, below: root });
  const mark: Mark = { action, at: new Date().toISOString(), ...(renamedTo === undefined ? {} : { renamedTo }) };
  await writeFileAtomic(file, JSON.stringify(mark));
}

/** The latest action that deleted it; null: none. */
export async function deletedBy(root: string, deleted: Deletion): Promise<number | null> {
  return (await readMark(root, deleted))?.action ?? null;
}

/** The latest action that renamed it, and the new name; null: none, or it was deleted since. */
export async function renamedBy(
  root: string,
  deleted: Deletion,
): Promise<{ readonly action: number; readonly to: string } | null> {
  const mark = await readMark(root, deleted);
  return mark?.renamedTo === undefined ? null : { action: mark.action, to: mark.renamedTo };
}

async function readMark(root: string, deleted: Deletion): Promise<Mark | null> {
  const text = await orNull(readFile(markOf(root, deleted), 'utf8'));
  return text === null ? null : Mark.parse(JSON.parse(text));
}

/**
 * Rejects with `ProjectDeleted` if `directory` (of a project, or below it) is missing because an action deleted the
 * project's directory or the chroot, and with `ProjectRenamed` if it was renamed.
 */
export async function refuseDeleted(root: string, directory: string): Promise<void> {
  if (await exists(directory)) return;
  const [owner, dirname, chroot] = path.relative(root, directory).split(path.sep);
  if (owner === undefined || dirname === undefined) return;
  const candidates = [null, ...(chroot === undefined || chroot.startsWith('.') ? [] : [chroot])];
  for (const candidate of candidates) {
    const mark = await readMark(root, { owner, dirname, chroot: candidate });
    if (mark === null) continue;
    throw goneMeanwhile([owner, dirname, ...(candidate === null ? [] : [candidate])].join('/'), mark);
  }
}

/** The same for the chroot only: a project that was deleted and exists again gets its chroots. */
export async function refuseDeletedChroot(root: string, directory: string): Promise<void> {
  if (await exists(directory)) return;
  const [owner = '', dirname = '', chroot = ''] = path.relative(root, directory).split(path.sep);
  if (chroot === '' || chroot.startsWith('.')) return;
  const mark = await readMark(root, { owner, dirname, chroot });
  if (mark !== null) throw goneMeanwhile(`${owner}/${dirname}/${chroot}`, mark);
}

function goneMeanwhile(what: string, { action, renamedTo }: Mark): PortFailure {
  const [code, how] =
    renamedTo === undefined
      ? (['ProjectDeleted', 'deleted'] as const)
      : (['ProjectRenamed', `renamed to ${renamedTo}`] as const);
  return new PortFailure(code, `${what} was ${how} meanwhile (action ${action})`);
}

/** By then no work of that time is still under way: a build or publication is retried for 30 days at most. */
const REMEMBERED_MS = 40 * 86_400_000;

/** Forgets old deletions. */
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

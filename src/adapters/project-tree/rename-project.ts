import { lstat, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DirectoryId } from '../../contracts/action/action.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { PortFailure } from '../../ports/port-failure.js';
import { forgetSignatures } from '../repository-store/signing/repomd-signature.js';
import { readHold } from '../repository-store/generations/hold.js';
import { syncDirectory } from '../files/atomic-file.js';
import { deletedBy, rememberDeletion } from '../file-tree/deletions.js';
import { exists, statOf } from '../files/entries.js';
import { makeDirectories } from '../files/make-directories.js';
import { entriesOfProject } from '../file-tree/project-directories.js';
import { completeRename, isSame, listRenames, readRename, writeRename } from '../file-tree/renames.js';
import type { RenameRecord } from '../file-tree/renames.js';
import { errnoOf, orNull } from '../files/storage-failure.js';

export type ProjectRename = {
  readonly source: ProjectId;
  readonly destination: ProjectId;
  readonly action: number;
  /** Its packages get signatures by the new name's key. */
  readonly sign: boolean;
};

/** The steps; the process may die after each. */
export type RenameStep = 'looked' | 'noted' | 'marked' | 'moved' | 'all moved';

/**
 * Moves every directory of a project to its new name, each with one rename(2). Every refusal comes before anything is
 * touched; a rename that was begun is continued. The record says which directories (by their inodes) move, so that a
 * second attempt cannot confuse them with a directory that was created meanwhile under the same name. Returns the moved
 * directories under the new name, sorted.
 */
export async function renameProject(
  root: string,
  wanted: ProjectRename,
  onStep: (step: RenameStep) => void = () => undefined,
): Promise<readonly string[]> {
  const known = await readRename(root, wanted.source);
  const isOwn = known?.action === wanted.action && isSame(known.to, wanted.destination);
  const record = isOwn ? known : await begin(root, wanted, known, onStep);
  if (!record.isMoved) await move(root, record, wanted, onStep);
  onStep('all moved');
  await completeRename(root, record);
  const here: string[] = [];
  for (const { suffix, inode } of record.directories) {
    const dirname = wanted.destination.project + suffix;
    if ((await inodeOf(path.join(root, wanted.destination.owner, dirname))) === inode) here.push(dirname);
  }
  return here.sort();
}

/** Verifies that the rename is possible, and records what will move. */
async function begin(
  root: string,
  { source, destination, action }: ProjectRename,
  known: RenameRecord | null,
  onStep: (step: RenameStep) => void,
): Promise<RenameRecord> {
  const names = { from: `${source.owner}/${source.project}`, to: `${destination.owner}/${destination.project}` };
  await refuseHalfDone(root, source, known);
  const dirnames = await directoriesOf(root, source);
  if (dirnames.length === 0) throw refused(`${names.from} does not exist${await whereItWent(root, source, known)}`);
  const vacant: string[] = [];
  for (const dirname of await directoriesOf(root, destination)) {
    const directory = path.join(root, destination.owner, dirname);
    if (!(await isVacant(directory)))
      throw refused(`${destination.owner}/${dirname} exists: ${names.from} cannot become ${names.to}`);
    vacant.push(directory);
  }
  const directories: { suffix: string; inode: string }[] = [];
  const parent = await existingParent(root, destination.owner);
  for (const dirname of dirnames) {
    const directory = path.join(root, source.owner, dirname);
    const suffix = dirname.slice(source.project.length);
    if (!isSafeName(destination.project + suffix)) throw refused(`the new name of ${dirname} would be too long`);
    if ((await stat(directory)).dev !== (await stat(parent)).dev)
      throw refused(`${directory} and ${parent} are on different file systems`);
    await refuseHeld(directory);
    directories.push({ suffix, inode: (await inodeOf(directory)) ?? '' });
  }
  onStep('looked');
  for (const directory of vacant) await clear(directory);
  const at = new Date().toISOString();
  const record: RenameRecord = { action, at, from: source, to: destination, directories, isMoved: false };
  await writeRename(root, record);
  onStep('noted');
  return record;
}

async function move(
  root: string,
  { directories }: RenameRecord,
  { source, destination, action, sign }: ProjectRename,
  onStep: (step: RenameStep) => void,
): Promise<void> {
  const [oldOwner, newOwner] = [path.join(root, source.owner), path.join(root, destination.owner)];
  await makeDirectories(newOwner, { mode: 0o755, below: root });
  await provePlace(root, newOwner);
  for (const { suffix, inode } of directories) {
    const from: DirectoryId = { owner: source.owner, dirname: source.project + suffix };
    const to: DirectoryId = { owner: destination.owner, dirname: destination.project + suffix };
    const target = path.join(newOwner, to.dirname);
    // Another inode at the old place: the name is in use again, or the directory is gone for good. In both cases there
    // is nothing to move.
    if ((await inodeOf(path.join(oldOwner, from.dirname))) === inode) {
      if ((await statOf(target)) !== null)
        throw refused(`${to.owner}/${to.dirname} already exists: move it away and request the action again`);
      // Recorded first: work that finds the directory gone must know why, and create nothing there.
      await rememberDeletion(root, { ...from, chroot: null }, action, `${to.owner}/${to.dirname}`);
      onStep('marked');
      await rename(path.join(oldOwner, from.dirname), target);
      await syncDirectory(newOwner);
      await syncDirectory(oldOwner);
      onStep('moved');
    }
    // Metadata that keeps its signature is not rebuilt if nothing else has changed.
    if (sign && (await inodeOf(target)) === inode)
      for (const chroot of await chrootsOf(target)) await forgetSignatures(path.join(target, chroot));
  }
}

/** The CoprDirs of a project, sorted; a link in place of one is refused. */
async function directoriesOf(root: string, { owner, project }: ProjectId): Promise<readonly string[]> {
  const directory = path.join(root, owner);
  if (!(await exists(directory))) return [];
  await provePlace(root, directory);
  const dirnames = await entriesOfProject(root, { owner, project });
  for (const dirname of dirnames) {
    if (!(await lstat(path.join(directory, dirname))).isDirectory())
      throw refused(`${owner}/${dirname} is not a directory (a symbolic link, perhaps): nothing is renamed there`);
  }
  return dirnames;
}

/** True if there is nothing of value: only what creating a key before the rename leaves. */
async function isVacant(directory: string): Promise<boolean> {
  for (const name of await readdir(directory)) {
    const isEmptyStaging = name === '.staging' && (await readdir(path.join(directory, name))).length === 0;
    if (name !== 'pubkey.gpg' && !isEmptyStaging) return false;
  }
  return true;
}

/** Removes a vacant directory, but nothing that was added since. */
async function clear(directory: string): Promise<void> {
  await rm(path.join(directory, 'pubkey.gpg'), { force: true });
  try {
    await orNull(rmdir(path.join(directory, '.staging')));
    await rmdir(directory);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY') throw error;
    throw refused(`${directory} is in use by now`);
  }
}

/** If each of two names has half of a project, only the action that began the rename may finish it. */
async function refuseHalfDone(root: string, source: ProjectId, known: RenameRecord | null): Promise<void> {
  const records = [...(known === null ? [] : [known]), ...(await listRenames(root))];
  const half = records.find((record) => !record.isMoved && (isSame(record.from, source) || isSame(record.to, source)));
  if (half === undefined) return;
  const { from, to, action } = half;
  throw refused(
    `${from.owner}/${from.project} is half renamed to ${to.owner}/${to.project}: end action ${action} first (action run)`,
  );
}

/** Packages that a held generation lists must not change. */
async function refuseHeld(directory: string): Promise<void> {
  for (const chroot of await chrootsOf(directory)) {
    if ((await readHold(path.join(directory, chroot, 'repodata'))) !== null)
      throw refused(`${path.basename(directory)}/${chroot} is held by an operator: release it first (repo release)`);
  }
}

async function whereItWent(root: string, source: ProjectId, known: RenameRecord | null): Promise<string> {
  if (known !== null) return `: action ${known.action} renamed it to ${known.to.owner}/${known.to.project}`;
  const by = await deletedBy(root, { owner: source.owner, dirname: source.project, chroot: null });
  return by === null ? '' : `: action ${by} deleted it`;
}

async function chrootsOf(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && isSafeName(entry.name)).map(({ name }) => name);
}

async function existingParent(root: string, owner: string): Promise<string> {
  const directory = path.join(root, owner);
  if ((await statOf(directory)) === null) return root;
  await provePlace(root, directory);
  return directory;
}

/** The directory must really be where its name says: no link on the way. */
async function provePlace(root: string, directory: string): Promise<void> {
  const expected = path.join(await realpath(root), path.relative(root, directory));
  if ((await realpath(directory)) !== expected)
    throw refused(`${directory} is, or is reached through, a symbolic link: nothing is renamed there`);
}

/** As text, because inodes of some file systems do not fit into a double. Null if nothing is there. */
async function inodeOf(file: string): Promise<string | null> {
  const stats = await orNull(lstat(file, { bigint: true }));
  return stats === null ? null : String(stats.ino);
}

function refused(message: string): PortFailure {
  return new PortFailure('RenameRefused', message);
}

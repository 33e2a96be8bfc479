import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DirectoryId } from '../../contracts/action/action.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { makeDirectories } from '../files/make-directories.js';
import { orNull } from '../files/storage-failure.js';

/** Directory below the root with the records of renames and the maps with which a web server redirects old URLs. */
export const RENAMES = '.renamed';
const RECORDS = 'records';
/** `/owner/dirname /owner/dirname`, a line each: Apache's RewriteMap of type txt, also readable for people. */
export const REDIRECT_MAP = 'map.txt';
/** The same lines in the form that nginx includes in a `map` block. */
const NGINX_MAP = 'map.nginx';

const Project = z.object({ owner: z.string(), project: z.string() });
const RenameRecord = z.object({
  /** The action that renames, or renamed. */
  action: z.int(),
  at: z.string(),
  from: Project,
  /** The current name: a later rename changes it again. */
  to: Project,
  /** For each CoprDir the part after the project's name (`''`, `:pr:7`), and the inode that moves. */
  directories: z.array(z.object({ suffix: z.string(), inode: z.string() })),
  /** False: begun. The inodes show what has not moved yet. */
  isMoved: z.boolean(),
});

/** A rename, under way or done. It is kept for as long as old URLs are redirected. */
export type RenameRecord = z.infer<typeof RenameRecord>;

/** The rename of the project that was called `project`; null: there was none, or the name is in use again. */
export async function readRename(root: string, project: ProjectId): Promise<RenameRecord | null> {
  const text = await orNull(readFile(recordFile(root, project), 'utf8'));
  return text === null ? null : RenameRecord.parse(JSON.parse(text));
}

export async function writeRename(root: string, record: RenameRecord): Promise<void> {
  const file = recordFile(root, record.from);
  await makeDirectories(path.join(root, RENAMES), { mode: 0o755, below: root });
  await makeDirectories(path.dirname(file), { mode: 0o700, below: root });
  await writeFileAtomic(file, JSON.stringify(record));
}

/** All renames, by their old names. */
export async function listRenames(root: string): Promise<readonly RenameRecord[]> {
  const directory = path.join(root, RENAMES, RECORDS);
  const found: RenameRecord[] = [];
  for (const owner of ((await orNull(readdir(directory))) ?? []).sort()) {
    for (const name of ((await orNull(readdir(path.join(directory, owner)))) ?? []).sort()) {
      if (!name.endsWith('.json') || name.startsWith('.')) continue;
      const record = await readRename(root, { owner, project: name.slice(0, -'.json'.length) });
      if (record !== null) found.push(record);
    }
  }
  return found;
}

/**
 * Records that everything has moved. Redirects to the old name now lead to the new one, and redirects away from the new
 * one end.
 */
export async function completeRename(root: string, record: RenameRecord): Promise<void> {
  for (const other of await listRenames(root)) {
    const leadsHere = isSame(other.to, record.from);
    if (isSame(other.from, record.to)) await rm(recordFile(root, other.from), { force: true });
    else if (leadsHere && other.isMoved) await writeRename(root, { ...other, to: record.to });
  }
  await writeRename(root, { ...record, isMoved: true });
  await publishMaps(root);
}

/**
 * The directory is about to be created again: from now on old URLs of its project are not redirected, and none are
 * redirected to it.
 */
export async function forgetRenames(root: string, { owner, dirname }: DirectoryId): Promise<void> {
  const own = await readRename(root, { owner, project: projectOfDirname(dirname) });
  await forget(root, [...(own?.isMoved === true ? [own] : []), ...(await leadingTo(root, { owner, dirname }))]);
}

/** The directory is deleted: if it is the project's main one, no old URL is redirected there any more. */
export async function forgetRenamesTo(root: string, directory: DirectoryId): Promise<void> {
  await forget(root, await leadingTo(root, directory));
}

async function leadingTo(root: string, { owner, dirname }: DirectoryId): Promise<readonly RenameRecord[]> {
  const map = (await orNull(readFile(path.join(root, RENAMES, REDIRECT_MAP), 'utf8'))) ?? '';
  const isNamed = map.split('\n').some((line) => line.endsWith(` /${owner}/${dirname}`));
  if (!isNamed || dirname !== projectOfDirname(dirname)) return [];
  return (await listRenames(root)).filter(({ isMoved, to }) => isMoved && isSame(to, { owner, project: dirname }));
}

async function forget(root: string, records: readonly RenameRecord[]): Promise<void> {
  if (records.length === 0) return;
  for (const record of records) await rm(recordFile(root, record.from), { force: true });
  await publishMaps(root);
}

/**
 * Makes the maps match the records. Hosts that share the tree may do this at the same time, without a lock: each
 * repeats until the records it reads match the files, so the last writer has seen everything.
 */
export async function publishMaps(root: string): Promise<void> {
  for (;;) {
    const lines = (await listRenames(root)).filter(({ isMoved }) => isMoved).flatMap(linesOf);
    const isNginx = (name: string): boolean => name === NGINX_MAP;
    let isComplete = true;
    for (const name of [REDIRECT_MAP, NGINX_MAP]) {
      const file = path.join(root, RENAMES, name);
      const text = lines.map((line) => `${line}${isNginx(name) ? ';' : ''}\n`).join('');
      if ((await orNull(readFile(file, 'utf8'))) === text) continue;
      isComplete = false;
      await writeFileAtomic(file, text);
    }
    if (isComplete) return;
  }
}

/** Names are safe names: nothing in them means anything to a web server's configuration. */
function linesOf({ from, to, directories }: RenameRecord): readonly string[] {
  return directories.map(({ suffix }) => `/${from.owner}/${from.project}${suffix} /${to.owner}/${to.project}${suffix}`);
}

export function isSame(one: ProjectId, other: ProjectId): boolean {
  return one.owner === other.owner && one.project === other.project;
}

function recordFile(root: string, { owner, project }: ProjectId): string {
  return path.join(root, RENAMES, RECORDS, owner, `${project}.json`);
}

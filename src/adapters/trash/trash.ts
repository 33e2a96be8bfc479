import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isSafeName } from '../../domain/names/safe-name.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Removal, RemovalWatch, Trash, TrashEntry } from '../../ports/project/trash.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { forgetOldDeletions } from '../file-tree/deletions.js';
import { exists, statOf } from '../files/entries.js';
import { makeDirectories } from '../files/make-directories.js';
import { createTreePaths } from '../file-tree/paths.js';
import { errnoOf, orNull } from '../files/storage-failure.js';
import { HELD_ELSEWHERE, type Elsewhere } from './elsewhere.js';
import { removeTree } from './remove-tree.js';

const TRASH = '.trash';
const CONTENT = 'content';
const LABEL = 'label.json';
/** An entry without content is waiting for its rename, or was left by a crash. */
const UNFINISHED_MS = 3_600_000;

const Label = z.object({ path: z.string(), at: z.string(), by: z.string() });
type Known = TrashEntry & { readonly directory: string };

/**
 * The trash of a results tree: `.trash/<time>-<token>/{label.json,content}`, accessible to nobody else. Without
 * `elsewhere`, entries with a part in another storage stay as they are.
 */
export function createTrash(deps: {
  readonly destdir: string;
  readonly hours: number;
  readonly elsewhere?: Elsewhere;
  readonly now?: () => number;
}): Trash {
  const { root, within } = createTreePaths(deps.destdir);
  const trash = path.join(root, TRASH);
  const now = deps.now ?? Date.now;

  async function entries(): Promise<readonly Known[]> {
    const found: Known[] = [];
    for (const id of ((await orNull(readdir(trash))) ?? []).sort()) {
      const directory = path.join(trash, id);
      const text = await orNull(readFile(path.join(directory, LABEL), 'utf8'));
      const label = text === null ? null : Label.safeParse(parsed(text));
      if (label?.success === true && (await exists(path.join(directory, CONTENT)))) {
        const goesAt = new Date(Date.parse(label.data.at) + deps.hours * 3_600_000).toISOString();
        found.push({ id, directory, goesAt, ...label.data });
      } else await forget(directory);
    }
    return found;
  }

  /** Removes what a move or a removal that died halfway has left. */
  async function forget(directory: string): Promise<void> {
    const stats = await statOf(directory);
    if (stats === null || stats.mtimeMs > now() - UNFINISHED_MS || (await exists(path.join(directory, CONTENT))))
      return;
    await rm(directory, { recursive: true, force: true });
  }

  async function moveIn(target: string, by: string): Promise<string> {
    const id = `${new Date(now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
    const directory = path.join(trash, id);
    await makeDirectories(trash, { mode: 0o700, below: root });
    await mkdir(directory, { mode: 0o700 });
    const label = { path: path.relative(root, target), at: new Date(now()).toISOString(), by };
    await writeFileAtomic(path.join(directory, LABEL), JSON.stringify(label));
    try {
      await rename(target, path.join(directory, CONTENT));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return directory;
  }

  /** False: the entry stays, because nothing here knows the other storage. */
  async function removeElsewhere(entry: Known, signal: AbortSignal | undefined): Promise<boolean> {
    const content = path.join(entry.directory, CONTENT);
    if (!(await isHeldElsewhere(entry.path, content))) return true;
    await deps.elsewhere?.remove(content, signal);
    return deps.elsewhere !== undefined;
  }

  async function removeEntry({ directory }: Known, watch: RemovalWatch): Promise<Removal> {
    const removal = await removeTree(path.join(directory, CONTENT), watch);
    if (removal.done) await rm(directory, { recursive: true, force: true });
    return removal;
  }

  async function bringBack({ directory, path: place }: Known): Promise<void> {
    const content = path.join(directory, CONTENT);
    if (!(await isHeldElsewhere(place, content))) return;
    if (deps.elsewhere === undefined) throw refused('a part of it is in another storage, which is not configured here');
    await deps.elsewhere.restore(content);
  }

  /** Removes the meant entries; `unreachable`: the failures of other storages, by the paths of their entries. */
  async function removeEntries(
    isMeant: (entry: Known) => boolean,
    watch: RemovalWatch,
  ): Promise<{ readonly removal: Removal; readonly unreachable: ReadonlyMap<string, PortFailure> }> {
    const unreachable = new Map<string, PortFailure>();
    let removed = 0;
    for (const entry of (await entries()).filter(isMeant)) {
      try {
        if (!(await removeElsewhere(entry, watch.signal))) continue;
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        unreachable.set(entry.path, error); // The others need not wait for that storage.
        continue;
      }
      const removal = await removeEntry(entry, {
        ...watch,
        atMost: watch.atMost - removed,
        onProgress: (more) => watch.onProgress?.(removed + more),
      });
      removed += removal.removed;
      if (!removal.done) return { removal: { removed, done: false }, unreachable };
    }
    return { removal: { removed, done: true }, unreachable };
  }

  const isDue = ({ goesAt }: Known): boolean => Date.parse(goesAt) <= now();

  return {
    discard: async (names, by, watch) => {
      const target = targetOf(root, names);
      return within(`${target} cannot be moved into the trash`, async () => {
        if ((await statOf(target)) !== null) {
          await provePlace(root, target);
          const content = path.join(await moveIn(target, by), CONTENT);
          if (await isHeldElsewhere(path.join(...names), content)) await deps.elsewhere?.clear(names, watch.signal);
        }
        if (deps.hours !== 0) return { removed: 0, done: true };
        const { removal, unreachable } = await removeEntries(isDue, watch);
        // Others' entries are the business of the next round that empties the trash.
        const failure = unreachable.get(path.join(...names));
        if (failure !== undefined) throw failure;
        return removal;
      });
    },

    list: () =>
      within(`${trash} cannot be read`, async () =>
        (await entries()).map(({ id, path: place, at, goesAt, by }) => ({ id, path: place, at, goesAt, by })),
      ),

    restore: (id) =>
      within(`${trash}/${id.slice(0, 100)} cannot be restored`, async () => {
        const entry = (await entries()).find((candidate) => candidate.id === id);
        if (entry === undefined) throw refused(`nothing in the trash is called ${JSON.stringify(id.slice(0, 100))}`);
        const target = targetOf(root, entry.path.split(path.sep));
        const parent = path.dirname(target);
        await makeDirectories(parent, { mode: 0o755, below: root });
        await provePlace(root, target);
        await clearPlace(target);
        await bringBack(entry);
        await rename(path.join(entry.directory, CONTENT), target);
        await rm(entry.directory, { recursive: true, force: true });
        const { path: place, at, goesAt, by } = entry;
        return { id, path: place, at, goesAt, by };
      }),

    empty: ({ all = false, id, ...watch }) =>
      within(`${trash} cannot be emptied`, async () => {
        const isMeant = (entry: Known): boolean => (id === undefined ? all || isDue(entry) : entry.id === id);
        const { removal, unreachable } = await removeEntries(isMeant, watch);
        if (!removal.done) return removal;
        if (id === undefined) await forgetOldDeletions(root, now());
        for (const failure of unreachable.values()) throw failure;
        return removal;
      }),
  };
}

/** Only of a project's directory or a chroot's: what lies in a build's directory is the builder's word. */
async function isHeldElsewhere(place: string, content: string): Promise<boolean> {
  return place.split(path.sep).length <= 3 && (await exists(path.join(content, HELD_ELSEWHERE)));
}

/** The path of parsed names; an owner's directory, or anything above it, is never discarded. */
function targetOf(root: string, names: readonly string[]): string {
  if (names.length < 2 || !names.every(isSafeName))
    throw refused(`${JSON.stringify(names.join('/').slice(0, 200))} is not a path of a project`);
  return path.join(root, ...names);
}

/** A file that is destroyed must really be where its name says: no link on the way, not even one inside the tree. */
async function provePlace(root: string, target: string): Promise<void> {
  const real = await realpath(path.dirname(target));
  const expected = path.join(await realpath(root), path.relative(root, path.dirname(target)));
  if (real === expected) return;
  throw refused(
    `${path.dirname(target)} is, or is reached through, a symbolic link to ${real}: nothing is deleted there`,
  );
}

/** An empty directory gives way to what is restored; anything else does not. */
async function clearPlace(target: string): Promise<void> {
  const stats = await orNull(lstat(target));
  if (stats === null) return;
  try {
    await rmdir(target);
  } catch {
    throw refused(`${target} exists again: move it away first`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused(message: string): PortFailure {
  // It is about what a person asked for; the storage itself answered.
  return new PortFailure('StorageFailed', message, { retryable: false });
}

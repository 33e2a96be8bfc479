import { appendFile, readFile, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../../files/atomic-file.js';
import { statOf } from '../../files/entries.js';
import { errnoOf, orNull } from '../../files/storage-failure.js';
import { isPendingRemoval, type PendingRemovals } from './pending-removals.js';
import { placeOf, readMetadata } from '../metadata/metadata.js';

const Entries = z.array(z.object({ path: z.string(), leftAt: z.number() }));
/** A build directory or package that left the metadata, by its path below the chroot directory, and when (milliseconds). */
type Entry = z.infer<typeof Entries>[number];

/**
 * Packages and builds that left the metadata of a chroot but are still in the tree, because a client that read the
 * earlier metadata may be about to fetch them. A scan of the tree skips them. The list is in the chroot directory and
 * outlives its repodata.
 */
export async function readPendingRemovals(chrootDir: string): Promise<readonly Entry[]> {
  const text = await orNull(readFile(listFile(chrootDir), 'utf8'));
  return text === null ? [] : Entries.parse(JSON.parse(text));
}

/** These entries in the form of pending removals. */
export function asPendingRemovals(entries: readonly Entry[]): PendingRemovals {
  const paths = entries.map((entry) => entry.path);
  return {
    builds: new Set(paths.filter((one) => !one.endsWith('.rpm'))),
    rpms: new Set(paths.filter((one) => one.endsWith('.rpm'))),
  };
}

/** Takes these builds, with all their packages, off the list: they are there again. */
export async function returnBuilds(chrootDir: string, builds: readonly string[]): Promise<void> {
  const known = await readPendingRemovals(chrootDir);
  const back = new Set(builds);
  const left = known.filter((entry) => !back.has(entry.path.split('/')[0] ?? ''));
  if (left.length !== known.length) await write(chrootDir, left);
}

/** Adds what has just left the metadata; known entries keep their time. */
export async function remember(chrootDir: string, pendingRemovals: PendingRemovals, now: number): Promise<void> {
  // A removed directory takes its packages along, at its own time.
  const known = (await readPendingRemovals(chrootDir)).filter(
    (entry) => !entry.path.endsWith('.rpm') || !pendingRemovals.builds.has(entry.path.split('/')[0] ?? ''),
  );
  const paths = new Set(known.map((entry) => entry.path));
  const names = [...pendingRemovals.builds, ...pendingRemovals.rpms].filter((name) => !paths.has(name));
  const added: Entry[] = [];
  for (const name of names) {
    if ((await statOf(path.join(chrootDir, name))) !== null) added.push({ path: name, leftAt: now });
  }
  if (added.length > 0) await write(chrootDir, [...known, ...added]);
}

/** Sets the time of all entries to now, because clients could still see them (a held generation listed them). */
export async function renew(chrootDir: string, now: number): Promise<void> {
  const known = await readPendingRemovals(chrootDir);
  if (known.length > 0)
    await write(
      chrootDir,
      known.map((entry) => ({ ...entry, leftAt: now })),
    );
}

/**
 * Removes what left the metadata longer ago than the grace time. Anything that live metadata lists again (after an
 * operator's rollback) stays, and so does a directory that was written to since. Returns when the next entry is due,
 * and what could not be removed.
 */
export async function collectPendingRemovals(
  chrootDir: string,
  grace: { readonly now: number; readonly ms: number; readonly discard?: (file: string) => Promise<void> },
): Promise<{ readonly collectAt: string | null; readonly failures: readonly string[] }> {
  const known = await readPendingRemovals(chrootDir);
  const due = known.filter((entry) => entry.leftAt + grace.ms <= grace.now);
  const failures: string[] = [];
  const gone = new Set<Entry>();
  const named = due.length === 0 ? [] : await namedNow(chrootDir);
  for (const entry of due) {
    const alone = asPendingRemovals([entry]);
    if (named.some((href) => isPendingRemoval(alone, href))) continue;
    try {
      await discard(chrootDir, entry, grace.discard ?? ((file) => rm(file, { recursive: true, force: true })));
      gone.add(entry);
    } catch (error) {
      if (errnoOf(error) === null) throw error;
      failures.push(`${entry.path} cannot be removed: ${errnoOf(error)}`);
    }
  }
  const left = known.filter((entry) => !gone.has(entry));
  if (gone.size > 0) await write(chrootDir, left);
  const times = left.filter((entry) => !due.includes(entry)).map((entry) => entry.leftAt + grace.ms);
  return { collectAt: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(), failures };
}

async function discard(chrootDir: string, entry: Entry, remove: (file: string) => Promise<void>): Promise<void> {
  const file = path.join(chrootDir, entry.path);
  const stats = await statOf(file);
  if (stats === null) return;
  // Written to after it left: a build has been delivered here again and will request to be added.
  if (stats.isDirectory() && stats.mtimeMs > entry.leftAt + 1000) return;
  if (!entry.path.endsWith('.rpm')) return stats.isDirectory() ? remove(file) : undefined;
  await unlink(file);
  const line = `${entry.path} pruned on ${new Date().toISOString()}, by PID ${process.pid}\n`;
  await appendFile(path.join(path.dirname(file), 'prune.log'), line);
}

/** Everything that live metadata lists. */
async function namedNow(chrootDir: string): Promise<readonly string[]> {
  const lives = [path.join(chrootDir, 'repodata'), path.join(chrootDir, 'devel', 'repodata')];
  const read = await Promise.all(lives.map((live) => readMetadata(placeOf(live))));
  return read.flatMap((metadata) => (metadata.state === 'damaged' ? [] : [...metadata.packages.keys()]));
}

async function write(chrootDir: string, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) await rm(listFile(chrootDir), { force: true });
  else await writeFileAtomic(listFile(chrootDir), JSON.stringify(entries));
}

function listFile(chrootDir: string): string {
  return path.join(chrootDir, '.departed.json');
}

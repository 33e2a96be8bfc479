import { constants } from 'node:fs';
import { link, open, opendir, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { closing, syncDirectory, temporaryName, writeFileAtomic } from '../files/atomic-file.js';
import { makeDirectories } from '../files/make-directories.js';
import { errnoOf, orNull } from '../files/storage-failure.js';
import { dayOf, isRecordName } from './outbox-record.js';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
const DAY_MS = 86_400_000;

/** How long sent messages are remembered: longer than a late attempt of their activity can be repeated. */
const REMEMBERED_MS = 7 * DAY_MS;
/** Age of files that dead writers left behind. */
const ABANDONED_MS = DAY_MS;

/**
 * The messages that wait for one bus: a file each in `waiting/<bus>`, with names that sort by turn. A sent message
 * leaves an empty file in `sent/<bus>/<day>`; one that cannot be sent is moved to `refused/<bus>`. Files are written
 * once and never changed; any number of processes may add, only one removes.
 */
export type Outbox = {
  /** The message is on disk when this resolves. False: it is already waiting, or was sent. */
  readonly add: (name: string, content: string) => Promise<boolean>;
  /** The names whose turn it is, in order, and how many wait in all. Memory is bounded by `limit`. */
  readonly oldest: (limit: number) => Promise<{ readonly names: readonly string[]; readonly waiting: number }>;
  /** Null: nothing to send, because an earlier sender sent it and died before removing it; it is removed now. */
  readonly take: (name: string) => Promise<string | null>;
  readonly sent: (name: string) => Promise<void>;
  /** Sets a message aside that cannot be sent, with the reason; returns its new path. */
  readonly refuse: (name: string, content: string, reason: string) => Promise<string>;
  /** Forgets messages sent long ago, and removes files of dead writers. */
  readonly prune: (now: number) => Promise<void>;
};

export function createOutbox(directory: string, busId: string): Outbox {
  const bus = busDirectory(busId);
  const waiting = path.join(directory, 'waiting', bus);
  const sent = path.join(directory, 'sent', bus);
  const refused = path.join(directory, 'refused', bus);
  const marker = (name: string): string => path.join(sent, dayOf(name), name);

  return {
    async add(name, content) {
      if (await isSent(name)) return false;
      const file = path.join(waiting, name);
      const temporary = temporaryName(file);
      try {
        await withDirectory(waiting, () => writeSynced(temporary, content));
        // Unlike a rename, this does not replace another attempt's file.
        if (!(await linked(temporary, file))) return false;
      } finally {
        await remove(temporary);
      }
      // The first copy may have been sent while this one was written: the mark is set before a copy is removed.
      if (await isSent(name)) {
        await remove(file);
        return false;
      }
      await syncDirectory(waiting);
      return true;
    },

    async oldest(limit) {
      let names: string[] = [];
      let count = 0;
      for await (const name of namesIn(waiting)) {
        if (!isRecordName(name)) continue;
        count += 1;
        names.push(name);
        if (names.length >= 2 * limit) names = names.sort().slice(0, limit);
      }
      return { names: names.sort().slice(0, limit), waiting: count };
    },

    async take(name) {
      const file = path.join(waiting, name);
      if (!(await isSent(name))) return orNull(readFile(file, 'utf8'));
      await remove(file);
      return null;
    },

    async sent(name) {
      await withDirectory(path.dirname(marker(name)), async () => {
        await (await open(marker(name), O_WRONLY | O_CREAT, 0o600)).close();
      });
      await remove(path.join(waiting, name));
    },

    async refuse(name, content, reason) {
      const file = path.join(refused, name);
      await withDirectory(refused, () =>
        writeFileAtomic(file, `${JSON.stringify({ reason, refusedAt: new Date().toISOString(), content }, null, 2)}\n`),
      );
      await remove(path.join(waiting, name));
      return file;
    },

    async prune(now) {
      for await (const name of namesIn(waiting)) {
        if (name.endsWith('.tmp')) await removeIfOlder(path.join(waiting, name), now - ABANDONED_MS);
      }
      // A directory's time is that of the last mark in it.
      for await (const day of namesIn(sent)) await removeIfOlder(path.join(sent, day), now - REMEMBERED_MS);
    },
  };

  async function isSent(name: string): Promise<boolean> {
    return (await orNull(stat(marker(name)))) !== null;
  }
}

/** Buses with waiting messages, including those that are no longer configured. */
export async function waitingBuses(
  directory: string,
): Promise<readonly { readonly id: string; readonly waiting: number }[]> {
  const names = (await orNull(readdir(path.join(directory, 'waiting')))) ?? [];
  const counted = await Promise.all(
    names.map(async (name) => {
      const id = decodeURIComponent(name.slice(1));
      return { id, waiting: (await createOutbox(directory, id).oldest(1)).waiting };
    }),
  );
  return counted.filter(({ waiting }) => waiting > 0);
}

/** Every id gives a safe name; the prefix makes `.` and `..` harmless. */
function busDirectory(busId: string): string {
  return `=${encodeURIComponent(busId)}`;
}

async function* namesIn(directory: string): AsyncGenerator<string> {
  const opened = await orNull(opendir(directory, { bufferSize: 4096 }));
  if (opened === null) return;
  for await (const entry of opened) yield entry.name;
}

async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  await closing(handle, async () => {
    await handle.writeFile(content);
    await handle.sync();
  });
}

/** False where the name is taken. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Does the work; if the directory is missing, creates it and does the work again. */
async function withDirectory(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    await makeDirectories(directory, { mode: 0o700 });
    await work();
  }
}

/** It may be gone already. */
async function remove(file: string): Promise<void> {
  await orNull(unlink(file));
}

async function removeIfOlder(file: string, than: number): Promise<void> {
  const found = await orNull(stat(file));
  if (found !== null && found.mtimeMs < than) await rm(file, { recursive: true, force: true });
}

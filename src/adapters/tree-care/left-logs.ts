import { createReadStream } from 'node:fs';
import { opendir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { buildIdOfDirectory } from '../../domain/maintenance/leftovers.js';
import type { LeftLog, LeftLogs } from '../../ports/maintenance/left-logs.js';
import { orRefused } from '../../ports/or-refused.js';
import { LOST_AND_FOUND } from '../file-tree/directories.js';
import { LIVE_LOG } from '../file-tree/own-names.js';
import { createMountedRoot } from '../file-tree/mounted-root.js';
import { statOf } from '../files/entries.js';
import { errnoOf, orNull } from '../files/storage-failure.js';
import { compressFile } from '../result-tree/compress-logs.js';

type Walk = { readonly signal: AbortSignal; readonly refused: (line: string) => void };

/** `LeftLogs` of all directories below `directory`, without links. */
export function createLeftLogs({ directory }: { readonly directory: string }): LeftLogs {
  const root = path.resolve(directory);
  const within = createMountedRoot(root);

  async function* logsBelow(place: string, walk: Walk): AsyncGenerator<LeftLog> {
    walk.signal.throwIfAborted();
    const reading = within(`${place} cannot be read`, () => namesOf(place));
    const names = await (place === root ? reading : orRefused(reading, walk.refused));
    if (names === null) return;
    if (names.hasLog) {
      const file = path.join(place, LIVE_LOG);
      const stats = await orRefused(
        within(`${file} cannot be read`, () => statOf(file)),
        walk.refused,
      );
      if (stats?.isFile() === true)
        yield { file, buildId: buildIdOfDirectory(path.basename(place)), changedAt: stats.mtimeMs };
    }
    for (const name of names.directories)
      if (place !== root || name !== LOST_AND_FOUND) yield* logsBelow(path.join(place, name), walk);
  }

  return {
    logs: (signal, refused) => logsBelow(root, { signal, refused }),
    compact: ({ file, changedAt }) =>
      within(`${file} cannot be compressed`, async () => {
        if ((await statOf(file))?.mtimeMs !== changedAt) return 'kept';
        if (await isWholeGzip(`${file}.gz`)) {
          await unlink(file);
          return 'removed';
        }
        await compressFile(file);
        return 'compressed';
      }),
  };
}

async function namesOf(place: string): Promise<{ readonly hasLog: boolean; readonly directories: readonly string[] }> {
  const directories: string[] = [];
  let hasLog = false;
  for await (const entry of (await orNull(opendir(place))) ?? []) {
    if (entry.isDirectory() && !entry.name.startsWith('.')) directories.push(entry.name);
    else if (entry.name === LIVE_LOG) hasLog = true;
  }
  return { hasLog, directories: directories.sort() };
}

/** False if there is none, or a part: a tool of earlier years that was cut off left such. */
async function isWholeGzip(file: string): Promise<boolean> {
  const ignore = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(file), createGunzip(), ignore);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== null && errno !== 'ENOENT') throw error;
    return false;
  }
}

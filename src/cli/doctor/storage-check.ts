import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { roomOf, tryToWrite, type Share } from '../../adapters/files/room.js';
import { orNull, withStorage } from '../../adapters/files/storage-failure.js';
import { PortFailure } from '../../ports/port-failure.js';
import { sizeText } from '../../domain/size-text.js';
import { failed, ok, skipped, type Check, type Verdict, warning } from './check.js';
import type { ExaminedHost } from './examined-host.js';
import { hangRemedy, whyNoAnswer } from './file-system-answer.js';

/** Below this share a warning, below the other one a failure. */
const SCARCE = 0.1;
const NOTHING_LEFT = 0.02;

/** The directories that the service writes to: there, mounted, writable, with room. */
export function storageCheck({ config, silenceMs }: ExaminedHost): Check {
  const directories = [
    ['destdir', config.destdir],
    ['state_dir', config.stateDir],
    ['log_dir', config.logDir],
  ] as const;
  return {
    about: 'storage',
    ifSilent: hangRemedy(config.destdir),
    run: async (signal) => {
      const looks = directories.map(async ([key, directory]) => {
        const why = await whyNoAnswer(directory, { silenceMs, signal });
        return why === null ? verdictsOn(key, directory) : [failed(key, why, hangRemedy(directory))];
      });
      return (await Promise.all(looks)).flat();
    },
  };
}

async function verdictsOn(key: string, directory: string): Promise<readonly Verdict[]> {
  if (key === 'state_dir' && (await orNull(stat(directory))) === null)
    return [skipped(key, `${directory} does not exist yet: the first worker makes it`)];
  const where = await withStorage(`${key} ${directory}`, () => placeText(directory)).catch(asText);
  if ('why' in where) return [failed(key, where.why, remedyFor(key, directory))];
  const room = await roomOf(directory);
  const written = await withStorage(`${key} ${directory} cannot be written`, () => tryToWrite(directory)).then(
    () => null,
    asText,
  );
  return [
    written === null
      ? ok(key, `${directory}, ${where.text}, can be written`)
      : failed(key, written.why, remedyFor(key, directory)),
    ...roomVerdict(key, directory, 'space', room.bytes),
    ...roomVerdict(key, directory, 'inodes', room.inodes),
  ];
}

function remedyFor(key: string, directory: string): string {
  const owned = `install -d -o copr -g copr -m ${key === 'state_dir' ? '0700' : '0755'} ${directory}`;
  return key === 'destdir' ? `mount the results there (findmnt ${directory}); if the tree is new: ${owned}` : owned;
}

/** Whether it is a mount of its own: a tree that is not mounted looks like an empty one. */
async function placeText(directory: string): Promise<{ readonly text: string }> {
  const { dev } = await stat(directory);
  const above = await lstat(path.dirname(directory));
  return { text: dev === above.dev ? 'on the file system above it' : 'a mount of its own' };
}

function roomVerdict(key: string, directory: string, what: 'space' | 'inodes', share: Share): readonly Verdict[] {
  if (share === null) return [];
  const about = `${key} ${what}`;
  const part = share.free / share.all;
  const free = what === 'space' ? sizeText(share.free) : `${share.free} inodes`;
  const text = `${free} of ${directory} are free (${(part * 100).toFixed(1)} %)`;
  if (part >= SCARCE) return [ok(about, text)];
  const remedy =
    key === 'destdir'
      ? 'copr-prune-results --dry-run and copr-backend trash list show what may go; or enlarge the file system'
      : `du -xsh ${directory}/* shows what takes it; or enlarge the file system`;
  return [part < NOTHING_LEFT ? failed(about, text, remedy) : warning(about, text, remedy)];
}

function asText(error: unknown): { readonly why: string } {
  if (error instanceof PortFailure) return { why: error.message };
  throw error;
}

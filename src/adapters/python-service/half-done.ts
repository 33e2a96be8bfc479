import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { closing } from '../files/atomic-file.js';
import { directoriesIn } from '../file-tree/directories.js';
import { BACKEND_LOG, RUN_MARKER } from '../file-tree/own-names.js';
import { orNull } from '../files/storage-failure.js';

/** What the Python service has left in the results tree (docs/neighbours/python-service.md#left-behind). */
export type Leftover =
  | {
      /** A result directory whose build had not ended: its logs are not compressed. */
      readonly kind: 'build';
      readonly directory: string;
      readonly taskId: string;
      /** The last Resalloc ticket that its log names. */
      readonly ticket: number | null;
    }
  /** Work of a createrepo_c that was killed; another one refuses to run beside it. */
  | { readonly kind: 'lock'; readonly directory: string }
  /** Builds without repository metadata. */
  | { readonly kind: 'unpublished'; readonly directory: string };

/** Bytes of a log that are searched for its tickets, from its end. */
const LOG_BYTES = 256 * 1024;
/** Names below a project that are not chroots. */
const NO_CHROOTS = ['modules', 'repodata', 'pinned'];

/** Looks through the whole tree, one directory after the other, until `signal`; reads only. */
export async function* leftoversIn(destdir: string, signal: AbortSignal): AsyncGenerator<Leftover> {
  for (const owner of await directoriesIn(destdir))
    for (const dirname of await directoriesIn(path.join(destdir, owner)))
      for (const chroot of await directoriesIn(path.join(destdir, owner, dirname))) {
        if (signal.aborted) return;
        if (!NO_CHROOTS.includes(chroot)) yield* leftoversOfChroot(path.join(destdir, owner, dirname, chroot), chroot);
      }
}

async function* leftoversOfChroot(directory: string, chroot: string): AsyncGenerator<Leftover> {
  const names = (await orNull(readdir(directory))) ?? [];
  const builds = names.filter((name) => /^\d{8,}(?:-|$)/.test(name));
  for (const name of builds) {
    const leftover = await halfDone(path.join(directory, name), chroot, Number.parseInt(name, 10));
    if (leftover !== null) yield leftover;
  }
  if (names.includes('.repodata')) yield { kind: 'lock', directory: path.join(directory, '.repodata') };
  if (chroot !== SOURCE_CHROOT && builds.length > 0 && !names.includes('repodata'))
    yield { kind: 'unpublished', directory };
}

async function halfDone(directory: string, chroot: string, buildId: number): Promise<Leftover | null> {
  const names = (await orNull(readdir(directory))) ?? [];
  if (!names.includes(BACKEND_LOG) || names.includes(RUN_MARKER)) return null;
  const taskId = chroot === SOURCE_CHROOT ? String(buildId) : `${buildId}-${chroot}`;
  return { kind: 'build', directory, taskId, ticket: lastTicket(await endOf(path.join(directory, BACKEND_LOG))) };
}

function lastTicket(log: string): number | null {
  const last = [...log.matchAll(/\bticket(?:_id=|\s+)(\d{1,9})\b/gi)].at(-1)?.[1];
  return last === undefined ? null : Number(last);
}

async function endOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  return closing(handle, async () => {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, LOG_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, bytesRead);
  });
}

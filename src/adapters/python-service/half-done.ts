import path from 'node:path';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { PULP_CONTENT } from '../file-tree/at-pulp.js';
import { BACKEND_LOG, PULP_PACKAGES, RUN_MARKER } from '../file-tree/own-names.js';
import { endOf, pathsBelow, type Patience } from './answering-tree.js';

/** The leftovers of the Python service in the results tree (docs/neighbours/python-service.md#left-behind). */
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
  /** Builds without repository metadata; not of a chroot whose packages are at Pulp. */
  | { readonly kind: 'unpublished'; readonly directory: string };

/** Bytes of a log that are searched for its tickets, from its end. */
const LOG_BYTES = 256 * 1024;
/** Names below a project that are not chroots. */
const NO_CHROOTS = ['modules', 'repodata', 'pinned'];
/** The work of a createrepo_c. */
const CREATEREPO_LOCK = '.repodata';

/** The content of a chroot directory that matters here: each name, with the files in it that tell of a build. */
type ChrootContents = Map<string, Set<string>>;

/**
 * Looks through the whole tree, one directory after the other; reads only. Rejects with PortFailure `StorageFailed` if
 * the file system does not answer.
 */
export async function* leftoversIn(destdir: string, patience: Patience): AsyncGenerator<Leftover> {
  let place: readonly string[] = [];
  let contents: ChrootContents = new Map();
  for await (const found of pathsBelow(destdir, testsFor(destdir), patience)) {
    const [owner = '', dirname = '', chroot, name, file] = found.split('/');
    if (chroot === undefined) continue;
    if (name === undefined) {
      yield* leftoversOfChroot(destdir, place, { contents, patience });
      place = [owner, dirname, chroot];
      contents = new Map();
      continue;
    }
    const files = contents.get(name) ?? new Set<string>();
    contents.set(name, file === undefined ? files : files.add(file));
  }
  yield* leftoversOfChroot(destdir, place, { contents, patience });
}

/** Everything down to the directories of builds, and in those the files that tell whether the build has ended. */
function testsFor(destdir: string): readonly string[] {
  const inBuilds = `${destdir.replace(/[\\*?[\]]/g, '\\$&')}/*/*/*/*/*`;
  return [
    ...['-mindepth', '1', '-maxdepth', '5'],
    ...['(', '-name', '.*', '!', '-name', CREATEREPO_LOCK, '!', '-name', RUN_MARKER],
    ...['!', '-name', `${PULP_CONTENT}*`, '-prune', ')', '-o'],
    ...['(', '!', '-path', inBuilds, '-o', '-name', BACKEND_LOG, '-o', '-name', RUN_MARKER],
    ...['-o', '-name', PULP_PACKAGES, ')'],
  ];
}

async function* leftoversOfChroot(
  destdir: string,
  place: readonly string[],
  { contents, patience }: { readonly contents: ChrootContents; readonly patience: Patience },
): AsyncGenerator<Leftover> {
  const [, , chroot = ''] = place;
  if (!place.every(isSafeName) || NO_CHROOTS.includes(chroot)) return;
  const directory = path.join(destdir, ...place);
  const builds = [...contents.keys()].filter((name) => /^\d{8,}(?:-|$)/.test(name)).sort();
  for (const name of builds) {
    const files = contents.get(name);
    if (files?.has(BACKEND_LOG) !== true || files.has(RUN_MARKER)) continue;
    const buildId = Number.parseInt(name, 10);
    const taskId = chroot === SOURCE_CHROOT ? String(buildId) : `${buildId}-${chroot}`;
    const build = path.join(directory, name);
    const ticket = lastTicket(await endOf(path.join(build, BACKEND_LOG), LOG_BYTES, patience));
    yield { kind: 'build', directory: build, taskId, ticket };
  }
  if (contents.has(CREATEREPO_LOCK)) yield { kind: 'lock', directory: path.join(directory, CREATEREPO_LOCK) };
  const isPulp =
    [...contents.keys()].some((name) => name.startsWith(PULP_CONTENT)) ||
    builds.some((name) => contents.get(name)?.has(PULP_PACKAGES) === true);
  if (chroot !== SOURCE_CHROOT && builds.length > 0 && !contents.has('repodata') && !isPulp)
    yield { kind: 'unpublished', directory };
}

function lastTicket(log: string): number | null {
  const last = [...log.matchAll(/\bticket(?:_id=|\s+)(\d{1,9})\b/gi)].at(-1)?.[1];
  return last === undefined ? null : Number(last);
}

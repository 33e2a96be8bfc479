import {
  isChange,
  type RepositoryChange,
  type RepositoryOperation,
  type RepositoryRun,
  type RepositoryCommand,
} from '../../contracts/repository/repository.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';

/** Requests one run may serve (docs/neighbours/createrepo.md#batches). */
export const BATCH_LIMIT = 100;

export type Asked = { readonly change: RepositoryCommand };

/** The next work and its requesters. */
export type Batch<R> = { readonly batch: readonly R[] } & (
  | { readonly run: RepositoryRun; readonly operation: null }
  | { readonly run: null; readonly operation: RepositoryOperation }
);

/**
 * The requests that the next run serves, and what it does (docs/neighbours/createrepo.md#batches), in the order of the
 * mailbox:
 * - an operator's command and a plan file each get a separate run, and nobody overtakes them;
 * - store, `devel` and `appstream` of a run are those of its first request; others are left for later runs, and overtaken
 *   only by requests about other build directories;
 * - a `full` makes the run full; deleted packages leave nevertheless, and a requester learns if its added packages are
 *   not in it;
 * - a request that `isAlone` gets a separate run, and nobody overtakes it;
 * - if a directory is both added and deleted, the last request counts: results are delivered before their add is
 *   requested, so an add after a delete means that the build was built again. This also holds for an add that waits for
 *   another run: its packages are not removed. Within one request the delete counts
 *   (docs/neighbours/createrepo.md#batches).
 */
export function takeBatch<R extends Asked>(
  waiting: readonly R[],
  isAlone: (request: R) => boolean = () => false,
): Batch<R> | null {
  const first = waiting[0];
  if (first === undefined) return null;
  if (!isChange(first.change)) return { batch: [first], run: null, operation: first.change };
  const { devel, appstream } = first.change;
  const store = storeOf(first.change);
  const batch: R[] = [];
  const changes: RepositoryChange[] = [];
  const left: RepositoryChange[] = [];
  for (const request of waiting) {
    const { change } = request;
    if (batch.length === BATCH_LIMIT || !isChange(change)) break;
    const hasOwnRun = change.plan !== null || isAlone(request);
    if (hasOwnRun && batch.length > 0) break;
    const isSameKind = change.devel === devel && change.appstream === appstream && storeOf(change) === store;
    if (isSameKind && !left.some((other) => meet(other, change))) {
      batch.push(request);
      changes.push(change);
      if (hasOwnRun) break;
    } else left.push(change);
  }
  const served = new Set<R>(batch);
  const later = waiting.flatMap((request) =>
    served.has(request) || !isChange(request.change) ? [] : [request.change],
  );
  return { batch, run: mergeChanges(changes, later), operation: null };
}

/**
 * Combines several changes; `later` are those that wait for other runs. All have the first one's store, devel and
 * appstream.
 */
function mergeChanges(changes: readonly RepositoryChange[], later: readonly RepositoryChange[]): RepositoryRun {
  const [first] = changes;
  const lastWord = new Map<string, 'add' | 'delete' | 'removeRpm'>();
  for (const change of changes) {
    for (const build of change.add) {
      lastWord.set(build, 'add');
      for (const path of lastWord.keys()) if (path.startsWith(`${build}/`)) lastWord.delete(path);
    }
    for (const rpm of change.removeRpms) lastWord.set(rpm, 'removeRpm');
    for (const build of change.delete) {
      lastWord.set(build, 'delete');
      for (const path of lastWord.keys()) if (path.startsWith(`${build}/`)) lastWord.delete(path);
    }
  }
  for (const build of later.flatMap((change) => change.add)) {
    for (const path of lastWord.keys()) {
      const isGone = lastWord.get(path) !== 'add' && (path === build || path.startsWith(`${build}/`));
      if (isGone) lastWord.delete(path);
    }
  }
  const said = (word: string): readonly string[] =>
    [...lastWord].flatMap(([path, last]) => (last === word ? [path] : [])).sort();
  const full = changes.some(({ kind }) => kind === 'full');
  return {
    full,
    reread: changes.some(({ kind }) => kind === 'reread'),
    add: said('add'),
    delete: said('delete'),
    removeRpms: said('removeRpm'),
    plan: first?.plan ?? null,
    devel: first?.devel ?? false,
    appstream: first?.appstream ?? false,
    doStat: changes.some((change) => change.doStat),
    ...inStore(first === undefined ? 'tree' : storeOf(first)),
  };
}

/** True if the order of the two may matter: they are about the same build directory, or one has an unknown list. */
function meet(one: RepositoryChange, other: RepositoryChange): boolean {
  if (one.plan !== null || other.plan !== null) return true;
  const named = new Set(directoriesOf(one));
  return directoriesOf(other).some((directory) => named.has(directory));
}

function directoriesOf(change: RepositoryChange): readonly string[] {
  return [...change.add, ...change.delete, ...change.removeRpms.map((rpm) => rpm.split('/')[0] ?? rpm)];
}

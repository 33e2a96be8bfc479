import type { RepositoryId } from '../../contracts/names/ids.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import type { TaskWatch } from '../pulp/tasks.js';
import type { TreePaths } from '../file-tree/paths.js';
import { repodataOf } from '../file-tree/repodata.js';
import { collectPendingRemovals } from '../repository-store/publication/removed-builds.js';
import { LIVES } from './build-record.js';
import { collectVersions } from './collect-versions.js';
import { readCollectionTime, writeCollectionTime } from './collection-time.js';
import { nameOf } from './names.js';
import { collectOldMetadata } from './old-metadata.js';

/** When something is due next, ISO 8601 UTC; null: nothing waits. `failures`: what could not be removed. */
type Collected = { readonly collectAt: string | null; readonly failures: readonly string[] };

/** The fact about a publication that matters here: whether it has superseded a version. */
type Publication = { readonly isSuperseding: boolean };

/**
 * Removes superseded versions, and the directories and files of packages that have left. After a publication Pulp is
 * asked only if a version may be due. Rejects like PulpRepositories.
 */
export function createCollection(deps: {
  readonly paths: TreePaths;
  readonly repositories: PulpContent['repositories'];
  readonly graceMs: number;
  readonly now: () => number;
  readonly discard: ((directory: string) => Promise<void>) | undefined;
}): (repository: RepositoryId, watch: TaskWatch, publication?: Publication) => Promise<Collected> {
  const { paths, repositories, graceMs, now } = deps;

  async function collect(repository: RepositoryId, watch: TaskWatch, publication?: Publication): Promise<Collected> {
    const grace = { now: now(), ms: graceMs, ...(deps.discard === undefined ? {} : { discard: deps.discard }) };
    const { collectAt, failures } = await collectPendingRemovals(paths.chroot(repository), grace);
    const times = collectAt === null ? [] : [Date.parse(collectAt)];
    for (const live of LIVES) {
      const old = await collectOldMetadata(repodataOf(paths, repository, live === 'devel'), { now: now(), graceMs });
      if (old !== null) times.push(old);
    }
    const due = await versionsDue(repository, watch, publication);
    if (due !== null) times.push(due);
    return { collectAt: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(), failures };
  }

  /** When the next superseded version is due, after those that are due now were removed; null: none waits. */
  async function versionsDue(
    repository: RepositoryId,
    watch: TaskWatch,
    publication: Publication | undefined,
  ): Promise<number | null> {
    const chrootDir = paths.chroot(repository);
    const known = publication === undefined ? null : await readCollectionTime(chrootDir);
    if (known !== null) {
      const due = publication?.isSuperseding === true ? earlier(known.due, now() + graceMs) : known.due;
      if (due === null || due > now()) {
        if (due !== known.due) await writeCollectionTime(chrootDir, { due });
        return due;
      }
    }
    let next: number | null = null;
    for (const live of LIVES)
      next = earlier(
        next,
        await collectVersions({ repositories, name: nameOf(repository, live), graceMs, now: now(), watch }),
      );
    await writeCollectionTime(chrootDir, { due: next });
    return next;
  }

  return collect;
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

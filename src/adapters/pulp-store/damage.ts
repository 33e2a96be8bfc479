import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { exists } from '../files/entries.js';
import type { TreePaths } from '../file-tree/paths.js';
import { repodataOf } from '../file-tree/repodata.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { asPendingRemovals, readPendingRemovals } from '../repository-store/publication/removed-builds.js';
import { LIVES, readBuildRecords, type Live } from './build-record.js';
import { holdOf } from './generation.js';
import { nameOf } from './names.js';
import type { PublishedMetadata } from './published-metadata.js';
import { wantedContent } from './wanted-content.js';

/** A repository at Pulp that a full run has to publish again. */
export type PulpDamage = {
  readonly devel: boolean;
  /** For people. */
  readonly what: string;
  /** An operator keeps clients at an earlier generation. */
  readonly isHeld: boolean;
};

/**
 * Compares what clients get from Pulp with the records of the builds; changes nothing. Packages that Pulp itself has
 * lost do not count as damage, because no run brings them back. A held repository shows an earlier generation, so only
 * its being there counts. Rejects like PulpRepositories, and `PulpUnavailable` for metadata that cannot be read.
 */
export async function findPulpDamage(
  deps: { readonly paths: TreePaths; readonly client: PulpContent; readonly published: PublishedMetadata },
  repository: RepositoryId,
): Promise<readonly PulpDamage[]> {
  const { paths, client, published } = deps;
  const chrootDir = paths.chroot(repository);
  const records = await readBuildRecords(chrootDir);
  const removals = asPendingRemovals(await readPendingRemovals(chrootDir));
  const found: PulpDamage[] = [];
  for (const live of LIVES) {
    const devel = live === 'devel';
    const name = nameOf(repository, live);
    const isHeld = holdOf(await client.repositories.distribution(name)) !== null;
    const add = (what: string): void => void found.push({ devel, what, isHeld });
    const hiding = path.join(repodataOf(paths, repository, devel), 'repomd.xml');
    if (await exists(hiding)) add(`${hiding} hides from clients what Pulp has`);
    else {
      const what = await differenceOf(live);
      if (what !== null) add(what);
    }

    async function differenceOf(of: Live): Promise<string | null> {
      const wanted = [...wantedContent(records, of, removals)];
      const listed = await published.read(name);
      if (listed === null) return wanted.length === 0 ? null : `Pulp serves no repository ${name}`;
      if (isHeld) return null;
      const seen = new Set([...listed.values()].map(({ checksum }) => checksum));
      const missing = wanted.filter(([sha256]) => !seen.has(sha256));
      const there = await client.packages.find(missing.map(([sha256]) => sha256));
      const [first, ...others] = missing.filter(([sha256]) => there.has(sha256));
      if (first === undefined) return null;
      return `${name} lacks ${first[1].file}${others.length === 0 ? '' : ` and ${others.length} others`} of its builds`;
    }
  }
  return found;
}

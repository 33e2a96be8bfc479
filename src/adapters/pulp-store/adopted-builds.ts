import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { exists } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import type { Distribution, Unit } from '../pulp/answers.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { buildsOf, LIVES, readBuildRecords, writeBuildRecord, type BuildRecord } from './build-record.js';
import { hasRecord, idOf, recordedOf } from './labelled-builds.js';
import { nameOf } from './names.js';

/** Says that the builds of a chroot directory were adopted; packages that come later are our own. */
const ADOPTED = '.pulp-adopted';

type Adopting = { readonly client: PulpContent; readonly signal?: AbortSignal | undefined };

/**
 * Writes records for the builds of a chroot directory that another service brought to Pulp, so that they are as our own
 * from then on. Done once for each chroot; safe to repeat. Rejects like PulpRepositories.
 */
export async function adoptBuilds(
  chrootDir: string,
  repository: RepositoryId,
  { client, signal }: Adopting,
): Promise<void> {
  const marker = path.join(chrootDir, ADOPTED);
  if (await exists(marker)) return;
  const found = await client.repositories.find(nameOf(repository, 'public'), signal);
  if (found !== null) {
    const units = await client.packages.ofVersion(found.latest_version_href, signal);
    const shown = await shownUnits(repository, units, { client, signal });
    const records = recordsByLabels(units, await buildsOf(chrootDir), await readBuildRecords(chrootDir), shown);
    for (const record of records) await writeBuildRecord(chrootDir, record);
  }
  // The directory may be gone by now.
  await orNull(writeFile(marker, ''));
}

/**
 * Records of builds that have none, as far as labels of a repository's packages name them. A package's chroot does not
 * matter: one that was taken over from another chroot has that one's label. `shown`: what clients of the public
 * repository get, by sha256.
 */
export function recordsByLabels(
  units: readonly Unit[],
  builds: readonly string[],
  records: readonly BuildRecord[],
  shown: ReadonlySet<string>,
): readonly BuildRecord[] {
  const recorded = new Set(records.filter(hasRecord).map(({ build }) => build));
  const byId = new Map<string, Unit[]>();
  for (const unit of units) {
    const id = unit.pulp_labels['build_id'];
    if (typeof id === 'string') byId.set(id, [...(byId.get(id) ?? []), unit]);
  }
  return builds
    .filter((build) => !recorded.has(build))
    .flatMap((build): readonly BuildRecord[] => {
      const own = byId.get(idOf(build) ?? '') ?? [];
      if (own.length === 0) return [];
      const isShown = own.some(({ sha256 }) => shown.has(sha256));
      return [{ build, listedIn: isShown ? LIVES : ['devel'], packages: own.map(recordedOf), left: [] }];
    });
}

/** With manual createrepo, the other service leaves the public distribution at the publication its owner released. */
async function shownUnits(
  repository: RepositoryId,
  newest: readonly Unit[],
  { client, signal }: Adopting,
): Promise<ReadonlySet<string>> {
  const { packages, repositories } = client;
  const distribution: Distribution | null = await repositories.distribution(nameOf(repository, 'public'), signal);
  const version =
    distribution?.publication == null
      ? null
      : ((await repositories.publication(distribution.publication, signal))?.repository_version ?? null);
  const units = version === null ? newest : await packages.ofVersion(version, signal);
  return new Set(units.map(({ sha256 }) => sha256));
}

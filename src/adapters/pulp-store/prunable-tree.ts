import type { RepositoryId } from '../../contracts/names/ids.js';
import type { PrunablePackage } from '../../domain/prune/prune-selection.js';
import type { PrunableTree, PruneSurvey } from '../../ports/prune/prunable-tree.js';
import { createTreePaths, insideRoot } from '../file-tree/paths.js';
import type { Unit } from '../pulp/answers.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { isPendingRemoval } from '../repository-store/publication/pending-removals.js';
import { asPendingRemovals, readPendingRemovals } from '../repository-store/publication/removed-builds.js';
import { createPrunableTree } from '../repository-store/survey/prunable-tree.js';
import { recordsByLabels } from './adopted-builds.js';
import { readBuildRecords, type BuildRecord } from './build-record.js';
import { holdOf } from './generation.js';
import { nameOf, pinnedGeneration, pinOf } from './names.js';
import { placeOf } from './wanted-content.js';

/**
 * The results tree of projects whose packages are at Pulp, as a pruner sees it: what a chroot's repository has is what
 * its newest version has. A package has the path at which its build brought it. Also rejects with `PulpUnavailable`.
 */
export function createPulpPrunableTree(deps: { readonly destdir: string; readonly client: PulpContent }): PrunableTree {
  const { packages, repositories } = deps.client;
  const tree = createPrunableTree(deps);
  const paths = createTreePaths(deps.destdir);

  async function survey(repository: RepositoryId): Promise<PruneSurvey> {
    const name = nameOf(repository, 'public');
    const distribution = await repositories.distribution(name);
    const hold = holdOf(distribution);
    if (hold !== null) return { state: 'held', why: `held at generation ${hold.generation} since ${hold.since}` };
    const found = await repositories.find(name);
    if (found === null || distribution === null)
      return { state: 'noMetadata', why: `Pulp serves no repository ${name}` };
    const own = await readBuildRecords(paths.chroot(repository));
    const departed = new Set((await readPendingRemovals(paths.chroot(repository))).map((entry) => entry.path));
    const units = await packages.ofVersion(found.latest_version_href);
    const { directories } = await tree.surveyLogs(repository);
    // The next publication adopts the packages of another service; here nothing is written.
    const shown = new Set(units.map(({ sha256 }) => sha256));
    const names = directories.map(({ name: build }) => build);
    const records = [...own, ...recordsByLabels(units, names, own, shown)];
    return {
      state: 'whole',
      packages: [...listed(units, records), ...covered(units, records, departed)],
      pinned: await pinnedOf(name, records),
      directories: directories.map((directory) => ({ ...directory, rpms: rpmsOf(directory, records) })),
      departed,
      hasModules: false,
    };
  }

  /** Paths of packages that pinned generations serve. */
  async function pinnedOf(name: string, records: readonly BuildRecord[]): Promise<ReadonlyMap<string, string>> {
    const pins = await repositories.distributions(pinOf(name, ''));
    if (pins.length === 0) return new Map();
    const found = await repositories.find(name);
    const publications = found === null ? [] : await repositories.publications(found);
    const pinned = new Map<string, string>();
    for (const pin of pins) {
      const generation = pinnedGeneration(name, pin.name);
      const served = publications.find(({ pulp_href: href }) => href === pin.publication);
      if (generation === null || served === undefined) continue;
      for (const { href } of listed(await packages.ofVersion(served.repository_version), records))
        pinned.set(href, generation);
    }
    return pinned;
  }

  return {
    ...tree,
    survey: (repository) =>
      paths.within(`${paths.chroot(repository)} cannot be surveyed`, async () => {
        await insideRoot(paths, paths.chroot(repository));
        return survey(repository);
      }),
  };
}

/** The packages of a version: at the path of every build that brought them, or where Pulp says if none did. */
function listed(units: readonly Unit[], records: readonly BuildRecord[]): readonly PrunablePackage[] {
  const hrefs = new Map<string, readonly string[]>();
  for (const { build, packages } of records)
    for (const { sha256, file } of packages) hrefs.set(sha256, [...(hrefs.get(sha256) ?? []), `${build}/${file}`]);
  return units.flatMap((unit) =>
    (hrefs.get(unit.sha256) ?? [unit.location_href]).map((href) => prunable(unit, href, unit.size_package)),
  );
}

/**
 * Packages that Pulp does not list only because another of the same name, version, release and architecture is there:
 * they would be listed once that goes. Their builds are older.
 */
function covered(
  units: readonly Unit[],
  records: readonly BuildRecord[],
  departed: ReadonlySet<string>,
): readonly PrunablePackage[] {
  const removals = asPendingRemovals([...departed].map((path) => ({ path, leftAt: 0 })));
  const there = new Set(units.map(({ sha256 }) => sha256));
  const byPlace = new Map(units.map((unit) => [placeOf(unit), unit]));
  return records
    .filter(({ listedIn }) => listedIn.includes('public'))
    .flatMap(({ build, packages }) =>
      packages.flatMap((one): readonly PrunablePackage[] => {
        const href = `${build}/${one.file}`;
        const cover = byPlace.get(placeOf(one));
        if (cover === undefined || there.has(one.sha256) || isPendingRemoval(removals, href)) return [];
        return [prunable(cover, href, one.bytes)];
      }),
    );
}

function prunable(unit: Unit, href: string, bytes: number): PrunablePackage {
  const { name, version, release, arch, time_build: buildTime } = unit;
  return { name, epoch: unit.epoch, version, release, arch, href, buildTime, bytes };
}

/** Files and packages at Pulp, of which the files may be gone. */
function rpmsOf(
  { name, rpms }: { readonly name: string; readonly rpms: readonly string[] },
  records: readonly BuildRecord[],
): readonly string[] {
  const recorded = records.find(({ build }) => build === name)?.packages ?? [];
  return [...new Set([...rpms, ...recorded.map(({ file }) => file)])];
}

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { listedPackages } from '../../domain/names/rpm-file.js';
import type { ResultsPlace } from '../../ports/build/build-place.js';
import type { BuildResults, RpmResults } from '../../ports/build/build-results.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import { insideRoot, makeDirectory, type TreePaths } from '../file-tree/paths.js';
import { resultsPath, stagingPath } from '../file-tree/staging.js';
import { exists, statOf } from '../files/entries.js';
import { readPackageHeader } from '../rpm/package-header.js';
import { deliverStaged, leaveOutPackages, withdrawDelivered } from './delivery.js';
import { insideBuild } from './inside-build.js';
import { readRpmPackages, readSourcePackage } from './results-file.js';

/** Results in the staging and build directories of the results tree. */
export function createBuildResults({ paths }: { readonly paths: TreePaths }): BuildResults {
  async function reading<T>(of: ResultsPlace, read: (directory: string) => Promise<T>): Promise<T> {
    const directory = resultsPath(paths, of);
    return paths.within(`${directory} cannot be read`, () => read(directory));
  }

  const deliver: BuildResults['deliver'] = async (staged) => {
    const source = stagingPath(paths, staged, staged.staging);
    return paths.within(`${paths.build(staged)}: the results cannot be moved in`, async () => {
      await refuseDeleted(paths.root, paths.build(staged));
      await makeDirectory(paths, paths.build(staged));
      await insideRoot(paths, source);
      await deliverStaged(paths.build(staged), source);
    });
  };

  return {
    rpms: (of) => reading(of, rpmsIn),
    hasSuccess: (of) =>
      reading(of, async (directory) => (await statOf(path.join(directory, 'success')))?.isFile() === true),
    readRpmResults: (of) => reading(of, readRpmPackages),
    readSourceResults: (of) => reading(of, readSourcePackage),
    foreignRpms: (of, results) => reading(of, (directory) => foreignIn(directory, results)),
    deliver,
    deliverForReading: async (staged) => {
      const source = stagingPath(paths, staged, staged.staging);
      const isThere = await paths.within(`${source} cannot be emptied`, async () => {
        if (!(await exists(source))) return false;
        await insideRoot(paths, source);
        await leaveOutPackages(source);
        return true;
      });
      if (isThere) await deliver(staged);
    },
    withdraw: async (staged) =>
      insideBuild(paths, paths.build(staged), {
        failing: 'the refused packages cannot be removed',
        work: () => withdrawDelivered(paths.build(staged), staged.staging),
      }),
  };
}

async function rpmsIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.rpm'))
    .map(({ name }) => name)
    .sort();
}

async function foreignIn(
  directory: string,
  results: RpmResults,
): Promise<{ readonly unreadable: readonly string[]; readonly unlisted: readonly string[] }> {
  const isListed = listedPackages(results.packages);
  const entries = (await readdir(directory, { withFileTypes: true })).filter(({ name }) => name.endsWith('.rpm'));
  const [unreadable, unlisted]: [string[], string[]] = [[], []];
  for (const entry of entries) {
    const header = entry.isFile() ? await readPackageHeader(path.join(directory, entry.name)) : null;
    if (header === null) unreadable.push(entry.name);
    else if (!isListed(header)) unlisted.push(entry.name);
  }
  return { unreadable: unreadable.sort(), unlisted: unlisted.sort() };
}

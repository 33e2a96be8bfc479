import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { listedPackages } from '../../domain/names/rpm-file.js';
import type { BuildResults } from '../../ports/build/build-results.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import { insideRoot, makeDirectory, type TreePaths } from '../file-tree/paths.js';
import { nameOfStaging, stagingPath } from '../file-tree/staging.js';
import { statOf } from '../files/entries.js';
import { readPackageHeader } from '../rpm/package-header.js';
import { deliverStaged, withdrawDelivered } from './delivery.js';
import { insideBuild } from './inside-build.js';
import { readRpmPackages, readSourcePackage } from './results-json.js';

/** Results in the staging and build directories of the results tree. */
export function createBuildResults({ paths }: { readonly paths: TreePaths }): BuildResults {
  return {
    rpms: (directory) =>
      paths.within(`${directory} cannot be read`, async () => {
        const entries = await readdir(directory, { withFileTypes: true });
        const names = entries
          .filter((entry) => entry.isFile() && entry.name.endsWith('.rpm'))
          .map((entry) => entry.name);
        return names.sort().map((name) => path.join(directory, name));
      }),
    hasSuccess: (directory) =>
      paths.within(
        `${directory} cannot be read`,
        async () => (await statOf(path.join(directory, 'success')))?.isFile() === true,
      ),
    readRpmResults: (directory) => paths.within(`${directory} cannot be read`, () => readRpmPackages(directory)),
    readSourceResults: (directory) => paths.within(`${directory} cannot be read`, () => readSourcePackage(directory)),
    foreignRpms: (directory, results) =>
      paths.within(`${directory} cannot be read`, async () => {
        const isListed = listedPackages(results.packages);
        const entries = (await readdir(directory, { withFileTypes: true })).filter(({ name }) => name.endsWith('.rpm'));
        const [unreadable, unlisted]: [string[], string[]] = [[], []];
        for (const entry of entries) {
          const header = entry.isFile() ? await readPackageHeader(path.join(directory, entry.name)) : null;
          if (header === null) unreadable.push(entry.name);
          else if (!isListed(header)) unlisted.push(entry.name);
        }
        return { unreadable: unreadable.sort(), unlisted: unlisted.sort() };
      }),
    deliver: async (place, staging) => {
      const source = stagingPath(paths, place, nameOfStaging(staging));
      return paths.within(`${paths.build(place)}: the results cannot be moved in`, async () => {
        await refuseDeleted(paths.root, paths.build(place));
        await makeDirectory(paths, paths.build(place));
        await insideRoot(paths, source);
        await deliverStaged(paths.build(place), source);
      });
    },
    withdraw: async (place, staging) =>
      insideBuild(paths, paths.build(place), {
        failing: 'the refused packages cannot be removed',
        work: () => withdrawDelivered(paths.build(place), nameOfStaging(staging)),
      }),
  };
}

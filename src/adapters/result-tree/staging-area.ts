import type { StagingArea } from '../../ports/build/staging-area.js';
import type { TreePaths } from '../file-tree/paths.js';
import { makeStaging, nameOfStaging, removeStaging, stagingPath } from '../file-tree/staging.js';
import { findDownloaded, markDownloaded } from './download-mark.js';
import { insideBuild } from './inside-build.js';

/** Staging directories beside the chroots of the results tree. */
export function createStagingArea({ paths }: { readonly paths: TreePaths }): StagingArea {
  return {
    create: async (place) =>
      paths.within(`${paths.stagingRoot(place)}: no staging directory can be made`, () => makeStaging(paths, place)),
    markDownloaded: async (place, download) =>
      insideBuild(paths, paths.build(place), {
        failing: 'the download cannot be written down',
        work: () => markDownloaded(paths.build(place), { ...download, staging: nameOfStaging(download.staging) }),
      }),
    findDownloaded: async (place, ticket) =>
      insideBuild(paths, paths.build(place), {
        failing: 'an earlier download cannot be looked for',
        work: async () => {
          const name = await findDownloaded(paths.build(place), paths.stagingRoot(place), ticket);
          return name === null ? null : stagingPath(paths, place, name);
        },
      }),
    nameOf: nameOfStaging,
    path: (place, name) => stagingPath(paths, place, name),
    discard: async (place) =>
      paths.within(`${paths.stagingRoot(place)} cannot be emptied`, () => removeStaging(paths, place)),
  };
}

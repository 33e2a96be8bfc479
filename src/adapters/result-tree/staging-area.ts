import type { StagingArea } from '../../ports/build/staging-area.js';
import type { TreePaths } from '../file-tree/paths.js';
import { makeStaging, removeStaging, stagingPath } from '../file-tree/staging.js';
import { findDownloaded, markDownloaded } from './download-mark.js';
import { insideBuild } from './inside-build.js';

/** Staging directories beside the chroots of the results tree. */
export function createStagingArea({ paths }: { readonly paths: TreePaths }): StagingArea {
  return {
    create: async (place) =>
      paths.within(`${paths.stagingRoot(place)}: no staging directory can be made`, () => makeStaging(paths, place)),
    markDownloaded: async (staged, { ticket, files, bytes }) => {
      const { staging } = staged;
      stagingPath(paths, staged, staging); // refuses another build's directory
      return insideBuild(paths, paths.build(staged), {
        failing: 'the download cannot be written down',
        work: () => markDownloaded(paths.build(staged), { ticket, staging, files, bytes }),
      });
    },
    findDownloaded: async (place, ticket) =>
      insideBuild(paths, paths.build(place), {
        failing: 'an earlier download cannot be looked for',
        work: () => findDownloaded(paths.build(place), paths.stagingRoot(place), ticket),
      }),
    discard: async (place) =>
      paths.within(`${paths.stagingRoot(place)} cannot be emptied`, () => removeStaging(paths, place)),
  };
}

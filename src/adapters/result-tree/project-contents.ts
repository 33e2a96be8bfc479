import type { ProjectContents } from '../../ports/project/project-contents.js';
import { buildsIn, chrootsIn } from '../file-tree/chroots-and-builds.js';
import type { TreePaths } from '../file-tree/paths.js';

/** The directories of projects in the results tree. */
export function createProjectContents({ paths }: { readonly paths: TreePaths }): ProjectContents {
  return {
    chroots: async (of) => paths.within(`${paths.project(of)} cannot be read`, () => chrootsIn(paths, of)),
    builds: async (of) => paths.within(`${paths.chroot(of)} cannot be read`, () => buildsIn(paths, of)),
  };
}

import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { TreePaths } from './paths.js';

/** Directory of a repository's metadata in the results tree; `devel`: of what its owner has not released yet. */
export function repodataOf(paths: Pick<TreePaths, 'chroot'>, repository: RepositoryId, devel: boolean): string {
  return path.join(paths.chroot(repository), ...(devel ? ['devel'] : []), 'repodata');
}

import { projectOfDirname } from '../../../domain/build/build-directory.js';
import { nextPart } from '../../../domain/maintenance/reconciliation.js';
import type { PrunableTree, ProjectDirectory } from '../../../ports/prune/prunable-tree.js';
import type { LookAt } from './checker.js';

/** The directories of projects that a look is about. */
export type ProjectPart = {
  readonly projects: readonly ProjectDirectory[];
  /** For keys that begin with `<owner>/<dirname>/`. */
  readonly covers: (key: string) => boolean;
  readonly next: string | null;
};

/**
 * The next directories of projects in the tree, at most `most` of them, and those of earlier findings. Keys of findings
 * begin with the name of their directory.
 */
export async function nextProjects(
  tree: Pick<PrunableTree, 'projects'>,
  { place, again, isWhole }: Pick<LookAt, 'place' | 'again' | 'isWhole'>,
  most: number,
): Promise<ProjectPart> {
  const all = [...(await tree.projects())].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  const { part, next } = nextPart(all, nameOf, { place, most: isWhole ? all.length : most });
  const names = new Set([...part.map(nameOf), ...again.map(projectOfKey)]);
  return {
    projects: all.filter((project) => names.has(nameOf(project))),
    // A directory that is gone has nothing wrong with it.
    covers: (key) => names.has(projectOfKey(key)),
    next,
  };
}

/** The main directories among them, one after the other: shows each, and stops with the look. */
export function* mainDirectories(
  projects: readonly ProjectDirectory[],
  { signal, progress }: Pick<LookAt, 'signal' | 'progress'>,
): Generator<ProjectDirectory> {
  for (const project of projects) {
    if (project.dirname !== projectOfDirname(project.dirname)) continue;
    signal.throwIfAborted();
    progress(nameOf(project));
    yield project;
  }
}

/** `<owner>/<dirname>`. */
export function nameOf({ owner, dirname }: ProjectDirectory): string {
  return `${owner}/${dirname}`;
}

function projectOfKey(key: string): string {
  return key.split('/').slice(0, 2).join('/');
}

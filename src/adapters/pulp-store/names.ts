import type { Deletion } from '../../contracts/action/action.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { Live } from './build-record.js';

/** Name of a repository and of its distribution, and the base path. */
export function nameOf({ owner, dirname, chroot }: RepositoryId, live: Live): string {
  return `${owner}/${dirname}/${chroot}${live === 'devel' ? '-devel' : ''}`;
}

/** A pinned generation has a name beside the repository's: Pulp refuses one below it. */
export function pinOf(name: string, generation: string): string {
  return `${name}@${generation}`;
}

/** The generation of a name that pinOf made for this repository; null: it is another name. */
export function pinnedGeneration(name: string, pin: string): string | null {
  return pin.startsWith(`${name}@`) ? pin.slice(name.length + 1) : null;
}

/** How the names of everything in a directory begin, or in a chroot of it; also of some that `isOf` refuses. */
export function prefixOf({ owner, dirname, chroot }: Deletion): string {
  return `${owner}/${dirname}/${chroot ?? ''}`;
}

/** True for a name of this directory, or of this chroot of it. */
export function isOf(of: Deletion, name: string): boolean {
  if (of.chroot === null) return name.startsWith(prefixOf(of));
  const own = nameOf({ ...of, chroot: of.chroot }, 'public');
  return [own, nameOf({ ...of, chroot: of.chroot }, 'devel')].includes(name) || pinnedGeneration(own, name) !== null;
}

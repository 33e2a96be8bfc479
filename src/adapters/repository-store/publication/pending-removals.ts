import path from 'node:path';
import { isBuildDirectoryName } from '../../../domain/build/build-directory.js';
import type { ChangeLists } from '../../../contracts/repository/repository.js';
import { isRpmFileName } from '../../../domain/names/rpm-file.js';
import { PortFailure } from '../../../ports/port-failure.js';

/**
 * Entries that must leave the metadata: build directories, and single RPMs by their path below the chroot directory.
 */
export type PendingRemovals = { readonly builds: ReadonlySet<string>; readonly rpms: ReadonlySet<string> };

/** The pending removals of a run; refuses names that are not build directories or packages of this chroot. */
export function pendingRemovalsOf(run: ChangeLists): PendingRemovals {
  for (const build of [...run.add, ...run.delete])
    if (!isBuildDirectoryName(build)) throw refused(build, 'no build directory');
  for (const rpm of run.removeRpms) {
    const parts = rpm.split('/');
    const isInside = parts.slice(0, -1).every(isBuildDirectoryName) && parts.length <= 2;
    if (!isInside || !isRpmFileName(path.posix.basename(rpm))) throw refused(rpm, 'no package of a build');
  }
  return { builds: new Set(run.delete), rpms: new Set(run.removeRpms) };
}

/** The removals of both. */
export function union(one: PendingRemovals, other: PendingRemovals): PendingRemovals {
  return { builds: new Set([...one.builds, ...other.builds]), rpms: new Set([...one.rpms, ...other.rpms]) };
}

/** True if the package, by its path below the chroot directory, has to leave. */
export function isPendingRemoval(pendingRemovals: PendingRemovals, href: string): boolean {
  return pendingRemovals.rpms.has(href) || pendingRemovals.builds.has(href.split('/')[0] ?? href);
}

function refused(name: string, what: string): PortFailure {
  // The failure is about a requested name, so a retry gets the same answer.
  return new PortFailure('RepositoryFailed', `${JSON.stringify(name.slice(0, 100))} is ${what}`, { retryable: false });
}

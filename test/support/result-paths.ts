import path from 'node:path';
import type { BuildPlace, StagedPlace } from '../../src/ports/build/build-place.js';

/** A build's public directory, as a web server finds it (docs/neighbours/storage.md#tree). */
export function buildPath(destdir: string, { owner, dirname, chroot, targetDir }: BuildPlace): string {
  return path.join(destdir, owner, dirname, chroot, targetDir);
}

/** The path of a build's staged results. */
export function stagedPath(destdir: string, { owner, dirname, staging }: StagedPlace): string {
  return path.join(destdir, owner, dirname, '.staging', staging);
}

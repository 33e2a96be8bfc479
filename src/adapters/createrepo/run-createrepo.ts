import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { needsMd5Metadata } from '../../domain/chroot.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { runCommand } from '../process/run-command.js';
import { exists } from '../result-tree/entries.js';
import { runTool } from './run-tool.js';

const TIMEOUT_MS = 60 * 60 * 1000;

export type CreaterepoRun = {
  readonly chroot: string;
  readonly chrootDir: string;
  /** Where `repodata/` is made; one that lies there already is what `update` goes by. */
  readonly workDir: string;
  /** Exactly what the metadata shall name: paths below the chroot directory. */
  readonly packages: readonly string[];
  /**
   * `none`: read every package; `trusting`: a known path is taken over unread; `checking`: only while its size and time
   * are the known ones.
   */
  readonly update: 'none' | 'trusting' | 'checking';
  readonly baseurl: string | null;
  readonly revision: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
};

/**
 * Runs createrepo_c for an exact list of packages. `--recycle-pkglist` is not used: it lists a build twice that is added
 * a second time (0.17.3), and names files that are gone. Nor is `--cachedir`: its entries go by file name and header, and
 * packages that differ only in their signatures would get each other's checksums.
 */
export async function runCreaterepo(run: CreaterepoRun): Promise<void> {
  const list = path.join(run.workDir, 'pkglist');
  await writeFile(list, run.packages.map((name) => `${name}\n`).join(''));
  const comps = path.join(run.chrootDir, 'comps.xml');
  const args = [
    run.chrootDir,
    ...['--no-database', '--ignore-lock', '--local-sqlite', '--workers', '8', '--general-compress-type=gz'],
    ...(needsMd5Metadata(run.chroot) ? ['-s', 'sha', '--checksum', 'md5'] : []),
    ...((await exists(comps)) ? ['--groupfile', comps] : []),
    ...(run.update === 'none' ? [] : ['--update']),
    ...(run.update === 'trusting' ? ['--skip-stat'] : []),
    ...(run.baseurl === null ? [] : ['--baseurl', run.baseurl]),
    ...['--revision', String(run.revision), '--pkglist', list, '--outputdir', run.workDir],
  ];
  const beat = setInterval(() => run.onProgress?.(), 1000);
  try {
    const result = await start(args, run.signal);
    run.signal?.throwIfAborted();
    if (result.code !== 0)
      throw new PortFailure('RepositoryFailed', `${run.chrootDir}: ${result.summary}`, { retryable: true });
  } finally {
    clearInterval(beat);
  }
}

async function start(args: readonly string[], signal: AbortSignal | undefined): ReturnType<typeof runCommand> {
  return runTool('createrepo_c', args, { timeoutMs: TIMEOUT_MS, signal });
}

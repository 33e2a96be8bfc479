import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { needsMd5Metadata } from '../../../domain/names/chroot.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { CommandResult } from '../../process/run-command.js';
import { readComplaints, type Complaints } from './complaints.js';
import { placeOf, readRepomd } from '../metadata/metadata.js';
import { runTool } from './run-tool.js';

/** Error of a build without the option WITH_LEGACY_HASHES, as in Debian 13 and Fedora. */
const NO_SUCH_CHECKSUM = /Unknown\/Unsupported checksum type "(?:md5|sha1?)"/;

const TIMEOUT_MS = 60 * 60 * 1000;

export type CreaterepoRun = {
  readonly chroot: string;
  readonly chrootDir: string;
  /** Where `repodata/` is made; `update` uses one that is already there. */
  readonly workDir: string;
  /** Exactly the packages for the metadata: paths below the chroot directory. */
  readonly packages: readonly string[];
  /**
   * `none`: read every package; `trusting`: reuse the record of a known path without reading the package; `checking`:
   * only if its size and time are unchanged.
   */
  readonly update: 'none' | 'trusting' | 'checking';
  /** Groups of packages that go into the metadata. */
  readonly comps: Buffer | null;
  readonly baseurl: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
};

/**
 * Runs createrepo_c for an exact list of packages; resolves with its messages about those that it left out. Its output
 * decides, not its status: versions from 0.19 on end with 2 if they left out a package, with good metadata for the rest
 * (docs/decisions/0045). Rejects with `RepositoryFailed` if it wrote nothing; this is retryable, unless the program
 * lacks md5 and the chroot's yum reads nothing else.
 *
 * `--recycle-pkglist` is not used: it lists a build twice if it is added a second time (0.17.3), and lists missing
 * files. Nor is `--cachedir`: its entries are keyed by file name and header, and packages that differ only in their
 * signatures would get each other's checksums.
 */
export async function runCreaterepo(run: CreaterepoRun): Promise<Complaints> {
  const first = await runOnce(run);
  // If nothing is new, 1.2.x leaves the old metadata untouched, which looks like a failure. Without old metadata it has
  // to write.
  const last = first.hasWritten || run.update === 'none' ? first : await runAfresh(run);
  if (!last.hasWritten) {
    if (NO_SUCH_CHECKSUM.test(last.stderr)) throw withoutMd5(run.chroot);
    throw new PortFailure('RepositoryFailed', `${run.chrootDir}: ${last.summary}`);
  }
  return readComplaints(last.stderr);
}

function withoutMd5(chroot: string): PortFailure {
  const message =
    `the createrepo_c of this host is built without md5 checksums, and the yum of ${chroot} reads no others: ` +
    'disable this chroot at the frontend, or install a createrepo_c that is built with legacy hashes';
  // This lasts as long as this createrepo_c is installed: a retry every few minutes for weeks would hide the reason.
  return new PortFailure('RepositoryFailed', message, { retryable: false });
}

async function runAfresh(run: CreaterepoRun): ReturnType<typeof runOnce> {
  await rm(path.join(run.workDir, 'repodata'), { recursive: true, force: true });
  return runOnce({ ...run, update: 'none' });
}

type Ended = Pick<CommandResult, 'stderr' | 'summary'> & { readonly hasWritten: boolean };

async function runOnce(run: CreaterepoRun): Promise<Ended> {
  const list = path.join(run.workDir, 'pkglist');
  await writeFile(list, run.packages.map((name) => `${name}\n`).join(''));
  const comps = path.join(run.workDir, 'comps.xml');
  if (run.comps !== null) await writeFile(comps, run.comps);
  // repomd.xml is the last file it writes; this revision proves that it is from this run.
  const revision = randomBytes(8).toString('hex');
  const args = [
    run.chrootDir,
    ...['--no-database', '--ignore-lock', '--local-sqlite', '--workers', '8', '--general-compress-type=gz'],
    ...(needsMd5Metadata(run.chroot) ? ['-s', 'sha', '--checksum', 'md5'] : []),
    ...(run.comps === null ? [] : ['--groupfile', comps]),
    ...(run.update === 'none' ? [] : ['--update']),
    ...(run.update === 'trusting' ? ['--skip-stat'] : []),
    ...(run.baseurl === null ? [] : ['--baseurl', run.baseurl]),
    ...['--revision', revision, '--pkglist', list, '--outputdir', run.workDir],
  ];
  const beat = setInterval(() => run.onProgress?.(), 1000);
  try {
    const result = await runTool('createrepo_c', args, { timeoutMs: TIMEOUT_MS, signal: run.signal });
    run.signal?.throwIfAborted();
    return { ...result, hasWritten: result.code === 0 || (result.code !== null && (await isWritten(run, revision))) };
  } finally {
    clearInterval(beat);
  }
}

async function isWritten({ workDir }: CreaterepoRun, revision: string): Promise<boolean> {
  const repomd = await readRepomd(placeOf(path.join(workDir, 'repodata')).repomd);
  return repomd?.revision === revision;
}

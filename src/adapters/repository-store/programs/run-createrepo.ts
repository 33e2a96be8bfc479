import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { needsMd5Metadata } from '../../../domain/names/chroot.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { CommandResult } from '../../process/run-command.js';
import { readComplaints, type Complaints } from './complaints.js';
import { placeOf, readRepomd } from '../metadata/metadata.js';
import { runTool } from './run-tool.js';

/** Built without the option WITH_LEGACY_HASHES, as Debian 13 and Fedora have it. */
const NO_SUCH_CHECKSUM = /Unknown\/Unsupported checksum type "(?:md5|sha1?)"/;

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
  /** Groups of packages that go into the metadata. */
  readonly comps: Buffer | null;
  readonly baseurl: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
};

/**
 * Runs createrepo_c for an exact list of packages; resolves with what it said of those that it left out. What it wrote
 * decides, not its status: versions from 0.19 on end with 2 when they left out a package, with good metadata of the rest
 * (docs/decisions/0045). Rejects with `RepositoryFailed` when it wrote nothing; trying again helps, but where the program
 * knows no md5 and the chroot's yum reads nothing else.
 *
 * `--recycle-pkglist` is not used: it lists a build twice that is added a second time (0.17.3), and names files that are
 * gone. Nor is `--cachedir`: its entries go by file name and header, and packages that differ only in their signatures
 * would get each other's checksums.
 */
export async function runCreaterepo(run: CreaterepoRun): Promise<Complaints> {
  const first = await runOnce(run);
  // Where nothing is new, 1.2.x leaves the old metadata untouched, which looks as if it had failed: without old metadata
  // it has to write.
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
  // As long as this createrepo_c is installed: a retry every few minutes for weeks would hide the reason.
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
  // repomd.xml is the last file it writes; by this word of ours it is known to be this run's.
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

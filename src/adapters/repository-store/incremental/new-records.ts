import path from 'node:path';
import { PortFailure } from '../../../ports/port-failure.js';
import type { Complaints } from '../programs/complaints.js';
import { placeOf, readRepomd, type Metadata } from '../metadata/metadata.js';
import type { MetadataFile } from '../metadata/repomd.js';
import { runCreaterepo, type CreaterepoRun } from '../programs/run-createrepo.js';
import { linkLive } from '../publication/work-directory.js';

export type PackageRecordsInput = {
  readonly chroot: string;
  readonly chrootDir: string;
  /** The repodata directory that holds the files of `before`. */
  readonly live: string;
  /** What stands there now; null: nothing that is whole, every package is read. */
  readonly before: Metadata | null;
  /** Exactly what the new metadata shall name, sorted: paths below the chroot directory. */
  readonly wanted: readonly string[];
  /** Those of `wanted` that are new, or whose file is another one than `before` says. */
  readonly added: readonly string[];
  /** Named by `before`, and in `wanted` only if they have to be read anew. */
  readonly dropped: readonly string[];
  /** How known packages are taken over. */
  readonly update: CreaterepoRun['update'];
  /** Groups of packages that go into the metadata. */
  readonly comps: Buffer | null;
  /** Devel metadata names packages by it. */
  readonly baseurl: string | null;
  /** Of this run alone. The new files lie in its `repodata/` afterwards. */
  readonly workDir: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
};

/** Records that speak of packages, or of the groups of comps.xml that createrepo_c takes along. */
export function isPackageRecord(type: string): boolean {
  return /^(primary|filelists|other|filelists-ext)(_db)?$/.test(type) || isGroupRecord(type);
}

export function isGroupRecord(type: string): boolean {
  return type === 'group' || type === 'group_gz';
}

/**
 * The one place where the metadata of packages is made: files into `workDir/repodata`, their records for repomd.xml as
 * the answer, with what createrepo_c said of packages that it left out. Nothing is trusted of it: the caller verifies
 * what the files say before anybody sees them.
 */
export async function makePackageRecords(input: PackageRecordsInput): Promise<{
  readonly records: readonly MetadataFile[];
  readonly complaints: Complaints;
}> {
  const { before, wanted, workDir, update } = input;
  const repodata = path.join(workDir, 'repodata');
  if (before !== null && update !== 'none') {
    const files = before.repomd.files.filter(({ type }) => isPackageRecord(type) && !isGroupRecord(type));
    await linkLive(input.live, repodata, { ...before.repomd, files });
  }
  const common = {
    ...{ chroot: input.chroot, chrootDir: input.chrootDir, workDir, update },
    ...{ comps: input.comps, baseurl: input.baseurl, signal: input.signal, onProgress: input.onProgress },
  };
  // What is known by path is taken over unread, so a package that was replaced has to leave the metadata first.
  const named = new Set(wanted);
  const replaced = new Set(input.dropped.filter((href) => named.has(href)));
  if (replaced.size > 0 && update !== 'none')
    await runCreaterepo({ ...common, packages: wanted.filter((href) => !replaced.has(href)) });
  const complaints = await runCreaterepo({ ...common, packages: wanted });
  const made = await readRepomd(placeOf(repodata).repomd);
  if (made === null)
    throw new PortFailure('RepositoryFailed', `${input.chrootDir}: createrepo_c made no valid repomd.xml`);
  const records = made.files.filter(
    ({ type }) => isPackageRecord(type) && (input.comps !== null || !isGroupRecord(type)),
  );
  return { records, complaints };
}

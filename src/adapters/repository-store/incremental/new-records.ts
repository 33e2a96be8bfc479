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
  /** The current metadata; null: there is none that is complete, so every package is read. */
  readonly before: Metadata | null;
  /** Exactly the packages for the new metadata, sorted: paths below the chroot directory. */
  readonly wanted: readonly string[];
  /** Those of `wanted` that are new, or whose file differs from `before`. */
  readonly added: readonly string[];
  /** Listed in `before`, and in `wanted` only if they have to be read again. */
  readonly dropped: readonly string[];
  /** How records of known packages are reused. */
  readonly update: CreaterepoRun['update'];
  /** Groups of packages that go into the metadata. */
  readonly comps: Buffer | null;
  /** Base URL of packages in devel metadata. */
  readonly baseurl: string | null;
  /** Used by this run only. The new files are in its `repodata/` afterwards. */
  readonly workDir: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (() => void) | undefined;
};

/** True for records about packages, or about the groups of comps.xml, which createrepo_c includes. */
export function isPackageRecord(type: string): boolean {
  return /^(primary|filelists|other|filelists-ext)(_db)?$/.test(type) || isGroupRecord(type);
}

export function isGroupRecord(type: string): boolean {
  return type === 'group' || type === 'group_gz';
}

/**
 * The only place that makes the metadata of packages. Writes files into `workDir/repodata` and returns their records
 * for repomd.xml, with createrepo_c's messages about packages that it left out. The result is not trusted: the caller
 * verifies the files before anybody sees them.
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
  // createrepo_c reuses records of known paths without reading the packages, so a replaced package has to leave the
  // metadata first.
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

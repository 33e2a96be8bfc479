import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildNote } from '../../../contracts/repository/repository.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { digestOf } from '../../files/digest.js';
import { publishedComps } from '../../project-tree/comps.js';
import { checkModules } from '../../project-tree/modules.js';
import { orNull } from '../../files/storage-failure.js';
import { isGroupRecord } from '../incremental/new-records.js';
import type { MetadataFile, Repomd } from './repomd.js';

/** A fork adds thousands of builds, and none of them makes its own request. */
const MAX_NOTES = 100;

/** Documents beside the builds of a chroot that belong in its metadata; null if there is none to publish. */
export type StandingDocuments = {
  readonly comps: Buffer | null;
  readonly modules: Buffer | null;
  /** Why an existing document is not published. */
  readonly problems: readonly string[];
};

/**
 * Reads comps.xml and modules.yaml for publication. They may be unchecked, put there by an older service or an
 * operator. A document that clients could not read is left out, because it would hide everything else of its kind.
 */
export async function readStandingDocuments(chrootDir: string): Promise<StandingDocuments> {
  const problems: string[] = [];
  const standing = async (name: string, published: (bytes: Buffer) => Buffer): Promise<Buffer | null> => {
    const bytes = await orNull(readFile(path.join(chrootDir, name)));
    if (bytes === null) return null;
    try {
      return published(bytes);
    } catch (error) {
      if (!(error instanceof PortFailure) || error.code !== 'UploadInvalid') throw error;
      problems.push(`${name} is not published: ${error.message}`);
      return null;
    }
  };
  const comps = await standing('comps.xml', publishedComps);
  const modules = await standing('modules.yaml', (bytes) => {
    checkModules(bytes);
    return bytes;
  });
  return { comps, modules, problems };
}

/** The messages of a publication about documents that it leaves out: for everybody, and for the builds that it adds. */
export function sayProblems(
  { problems }: StandingDocuments,
  builds: readonly string[],
): { readonly warnings: readonly string[]; readonly notes: readonly BuildNote[] } {
  if (problems.length === 0) return { warnings: [], notes: [] };
  const text = problems.join('; ');
  return { warnings: problems, notes: builds.slice(0, MAX_NOTES).map((build) => ({ build, text })) };
}

/** True if the metadata has exactly these documents: they are small, and a change must not wait for the next build. */
export function hasSameDocuments({ comps, modules }: StandingDocuments, { files }: Repomd): boolean {
  return (
    isAmong(
      files.filter(({ type }) => isGroupRecord(type)),
      comps,
    ) &&
    isAmong(
      files.filter(({ type }) => type === 'modules'),
      modules,
    )
  );
}

function isAmong(files: readonly MetadataFile[], document: Buffer | null): boolean {
  if (document === null) return files.length === 0;
  return files.some(({ algorithm, checksum, openChecksum }) => {
    const digest = digestOf(document, algorithm);
    return digest === checksum || digest === openChecksum;
  });
}

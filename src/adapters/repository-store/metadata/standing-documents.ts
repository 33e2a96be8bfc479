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

/** A fork adds thousands of builds, of which none asks for itself. */
const MAX_NOTES = 100;

/** What stands beside the builds of a chroot and belongs into its metadata; null where there is none to publish. */
export type StandingDocuments = {
  readonly comps: Buffer | null;
  readonly modules: Buffer | null;
  /** Why one that stands there is not published. */
  readonly problems: readonly string[];
};

/**
 * Reads comps.xml and modules.yaml as they may be published. Nobody may have checked them: an older service or an
 * operator put them there. One that clients could not read is left out, since it would hide the others of its kind.
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

/** What a publication says of documents that are not in it: to everybody, and to the builds that it adds. */
export function sayProblems(
  { problems }: StandingDocuments,
  builds: readonly string[],
): { readonly warnings: readonly string[]; readonly notes: readonly BuildNote[] } {
  if (problems.length === 0) return { warnings: [], notes: [] };
  const text = problems.join('; ');
  return { warnings: problems, notes: builds.slice(0, MAX_NOTES).map((build) => ({ build, text })) };
}

/** True while the metadata has these documents: they are small, and a change of one must not wait for the next build. */
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

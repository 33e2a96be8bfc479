import path from 'node:path';
import type { BuildNote, Published } from '../../../contracts/repository/repository.js';
import { forEachRecord } from '../incremental/compare-records.js';
import { UnusualMetadata } from '../incremental/documents.js';
import { DamagedMetadata } from '../incremental/live-metadata.js';
import { inOrder, type Twin } from '../incremental/metadata-change.js';
import { nevraOf } from '../incremental/package-records.js';
import type { Metadata } from '../metadata/metadata.js';
import { packageDocumentsOf } from '../metadata/package-documents.js';
import { someOf } from './verification.js';

/**
 * Packages among `added` for which the metadata has one with the same name, version and architecture but other content,
 * in another build. Reports nothing for metadata of an unusual kind.
 */
export async function findTwins(
  { packages, repomd }: Metadata,
  {
    repodata,
    added,
    baseurl,
  }: { readonly repodata: string; readonly added: readonly string[]; readonly baseurl: string | null },
): Promise<readonly Twin[]> {
  const wanted = new Set(added.map((href) => path.posix.basename(href)));
  const ofFile = new Map<string, string[]>();
  for (const href of packages.keys()) {
    const name = path.posix.basename(href);
    if (wanted.has(name)) ofFile.set(name, [...(ofFile.get(name) ?? []), href]);
  }
  const candidates = added.flatMap((arrival) =>
    (ofFile.get(path.posix.basename(arrival)) ?? [])
      .filter((other) => packages.get(other)?.checksum !== packages.get(arrival)?.checksum)
      .map((other) => ({ arrival, other })),
  );
  const documents = candidates.length === 0 ? null : packageDocumentsOf(repodata, repomd);
  if (documents === null) return [];
  const places = new Set(candidates.flatMap(({ arrival, other }) => [arrival, other]));
  const names = new Map<string, string>();
  try {
    await forEachRecord(documents, baseurl, ({ location, xml }) => {
      if (places.has(location)) names.set(location, nevraOf(xml.primary));
    });
  } catch (error) {
    if (error instanceof UnusualMetadata || error instanceof DamagedMetadata) return [];
    throw error;
  }
  return candidates.filter(({ arrival, other }) => names.get(arrival) === names.get(other));
}

/** The messages of a publication about twins: for everybody, and for the builds that brought them. */
export function sayTwins(twins: readonly Twin[]): Pick<Published, 'warnings' | 'notes'> {
  if (twins.length === 0) return { warnings: [] };
  const builds = [...new Set(twins.map(({ arrival }) => buildOf(arrival)))];
  const notes: readonly BuildNote[] = builds.map((build) => {
    const own = twins.filter(({ arrival }) => buildOf(arrival) === build);
    return { build, text: `the same version was built before, with other content: ${someOf(own.map(twinText))}` };
  });
  return { warnings: notes.map(({ build, text }) => `${build}: ${text}`), notes };
}

/**
 * dnf takes the one that is listed first (seen with dnf 4.14): createrepo_c sorts by file name and then by directory.
 */
function twinText({ arrival, other }: Twin): string {
  const [first] = [arrival, other].map((location) => ({ location })).sort(inOrder);
  return `${path.posix.basename(arrival)} is in ${buildOf(other)} too, and clients get that of ${buildOf(first?.location ?? other)}`;
}

function buildOf(location: string): string {
  return path.posix.dirname(location);
}

import { KINDS, type ByKind } from './documents.js';
import type { LiveFile } from './live-metadata.js';
import { recordsOf, type PackageRecord } from './package-records.js';
import { openWholeDocuments } from './whole-documents.js';

/** True if both records say the same about a package. The modification time of its file is ignored. */
export function saysTheSame(one: PackageRecord, other: PackageRecord): boolean {
  return KINDS.every((kind) => withoutFileTime(one.xml[kind]) === withoutFileTime(other.xml[kind]));
}

function withoutFileTime(record: Buffer): string {
  return record.toString('latin1').replace(/<time file="\d+"/, '<time file=""');
}

/** Passes every package of three documents to `look`, in order. Rejects with `UnusualMetadata`, `DamagedMetadata`. */
export async function forEachRecord(
  files: ByKind<LiveFile>,
  baseurl: string | null,
  look: (record: PackageRecord) => void,
): Promise<void> {
  for await (const { bodies } of openWholeDocuments(files).groups()) recordsOf(bodies, baseurl).forEach(look);
}

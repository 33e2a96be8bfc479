import { KINDS, type ByKind } from './documents.js';
import type { LiveFile } from './live-metadata.js';
import { recordsOf, type PackageRecord } from './package-records.js';
import { openWholeDocuments } from './whole-documents.js';

/** True when both say the same of a package. When its file was last touched says nothing about the package. */
export function saysTheSame(one: PackageRecord, other: PackageRecord): boolean {
  return KINDS.every((kind) => withoutFileTime(one.xml[kind]) === withoutFileTime(other.xml[kind]));
}

function withoutFileTime(record: Buffer): string {
  return record.toString('latin1').replace(/<time file="\d+"/, '<time file=""');
}

/** Hands every package of three documents to `look`, in their order. Rejects with `UnusualMetadata`, `DamagedMetadata`. */
export async function forEachRecord(
  files: ByKind<LiveFile>,
  baseurl: string | null,
  look: (record: PackageRecord) => void,
): Promise<void> {
  for await (const { bodies } of openWholeDocuments(files).groups()) recordsOf(bodies, baseurl).forEach(look);
}

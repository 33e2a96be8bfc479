import type { ByKind } from './documents.js';

/** A published document. */
export type LiveFile = { readonly path: string; readonly checksum: string; readonly size: number };

/** Some consecutive packages: their records, and the gzip members with exactly these packages, if there are any. */
export type Group = { readonly bodies: ByKind<Buffer>; readonly members: ByKind<Buffer> | null };

/** The primary records of a group, with the index's data about them; null for documents without an index. */
export type PrimaryGroup = {
  readonly body: Buffer;
  readonly indexed: { readonly packages: number; readonly last: string } | null;
};

/** Published documents as groups of packages; both ways of reading give the same groups in the same order. */
export type LiveMetadata = {
  /** Only the records of the primary document, not verified yet. */
  readonly primaries: () => AsyncIterable<PrimaryGroup> | Iterable<PrimaryGroup>;
  /**
   * All three documents, once. Ends with an error if a file's checksum differs from repomd.xml, so use anything made
   * from it only after the end.
   */
  readonly groups: () => AsyncIterable<Group> | Iterable<Group>;
};

/** A published file differs from repomd.xml or from our index. */
export class DamagedMetadata extends Error {}

import type { ByKind } from './documents.js';

/** A published document. */
export type LiveFile = { readonly path: string; readonly checksum: string; readonly size: number };

/** Some packages in a row: their records, and the gzip members that hold exactly them where there are such. */
export type Group = { readonly bodies: ByKind<Buffer>; readonly members: ByKind<Buffer> | null };

/** The primary records of a group, with what our index says about them; null for documents that have none. */
export type PrimaryGroup = {
  readonly body: Buffer;
  readonly indexed: { readonly packages: number; readonly last: string } | null;
};

/** Published documents as groups of packages; both ways of reading have the same groups, one after the other. */
export type LiveMetadata = {
  /** The records of the primary document alone. Nothing is proven yet. */
  readonly primaries: () => AsyncIterable<PrimaryGroup> | Iterable<PrimaryGroup>;
  /**
   * All three documents, once. Ends with an error when a file is not the one whose checksum repomd.xml states, so what
   * was made from it may be used only after the end.
   */
  readonly groups: () => AsyncIterable<Group> | Iterable<Group>;
};

/** A published file that is not what repomd.xml or our index says. */
export class DamagedMetadata extends Error {}

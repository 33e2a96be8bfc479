/** One `<data>` of repomd.xml made here: gzip, with sha256 for all checksums. */
export type MetadataRecord = {
  readonly type: string;
  /** Name below `repodata/`. */
  readonly name: string;
  readonly checksum: string;
  readonly openChecksum: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly size: number;
  readonly openSize: number;
};

import path from 'node:path';
import { byKind, type ByKind } from '../incremental/documents.js';
import type { LiveFile } from '../incremental/live-metadata.js';
import type { MetadataFile, Repomd } from './repomd.js';

/** The three documents as they are published; null if they are not gzip files with sha256 checksums. */
export function packageDocumentsOf(repodata: string, repomd: Repomd): ByKind<LiveFile> | null {
  const found = byKind((kind) => repomd.files.find((file) => file.type === kind));
  const usable = (file: MetadataFile | undefined): file is MetadataFile =>
    file?.algorithm === 'sha256' && file.name.endsWith('.xml.gz');
  const { primary, filelists, other } = found;
  if (!usable(primary) || !usable(filelists) || !usable(other)) return null;
  const place = ({ name, checksum, size }: MetadataFile): LiveFile => ({
    path: path.join(repodata, name),
    checksum,
    size,
  });
  return { primary: place(primary), filelists: place(filelists), other: place(other) };
}

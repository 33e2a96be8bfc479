import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from '../files/atomic-file.js';
import { digestOfFile } from '../files/digest.js';
import { rpmsOfBuild } from '../repository-store/publication/wanted-packages.js';
import { readBuildRecord } from './build-record.js';

/**
 * Removes from a build's directory the packages that clients were seen to get from Pulp: `published` has the sha256 of
 * each one in the metadata that was read back. A file with other bytes stays, and so does one that no metadata names;
 * everything else of the build stays anyway.
 */
export async function dropLocal(chrootDir: string, build: string, published: ReadonlySet<string>): Promise<void> {
  const record = await readBuildRecord(chrootDir, build);
  const there = (await rpmsOfBuild(chrootDir, build)) ?? [];
  const recorded = new Map(record?.packages.map(({ file, sha256 }) => [file, sha256]));
  let dropped = 0;
  for (const href of there) {
    const sha256 = recorded.get(path.posix.basename(href));
    if (sha256 === undefined || !published.has(sha256)) continue;
    const file = path.join(chrootDir, href);
    // A signer may have put another one there since.
    if ((await digestOfFile(file)) !== sha256) continue;
    await unlink(file);
    dropped += 1;
  }
  if (dropped > 0) await syncDirectory(path.join(chrootDir, build));
}

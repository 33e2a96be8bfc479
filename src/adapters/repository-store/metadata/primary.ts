import type { PrunablePackage } from '../../../domain/prune/prune-selection.js';
import type { Nevra } from '../../../domain/repository/package-diff.js';
import { readRecords } from './primary-records.js';
import { nodeAlgorithm } from './repomd.js';

export type IndexedPackage = { readonly algorithm: string; readonly checksum: string };
/** Packages by their path below the chroot directory. */
export type Packages = ReadonlyMap<string, IndexedPackage>;

/** The checksum of every package of a primary.xml.gz; null if the file is damaged or lists a path twice. */
export async function readPrimary(file: string): Promise<Packages | null> {
  const packages = new Map<string, IndexedPackage>();
  const records = await readRecords(file, ({ href, checksum: [type, checksum] }) =>
    packages.set(href, { algorithm: nodeAlgorithm(type), checksum }),
  );
  return records === packages.size ? packages : null;
}

/** The packages of a repository by name, in the order of the file; null when it is damaged. */
export async function readNevras(file: string): Promise<readonly Nevra[] | null> {
  const names: Nevra[] = [];
  const records = await readRecords(file, ({ nevra }) => names.push(nevra));
  return records === null ? null : names;
}

/** Name, version, age and size of every package, source packages included; null when the file is damaged. */
export async function readPackageFacts(file: string): Promise<readonly PrunablePackage[] | null> {
  const packages: PrunablePackage[] = [];
  const records = await readRecords(file, ({ nevra, href, buildTime, bytes }) =>
    packages.push({ ...nevra, href, buildTime, bytes }),
  );
  return records === null ? null : packages;
}

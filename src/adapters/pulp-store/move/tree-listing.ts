import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { isBuildDirectoryName } from '../../../domain/build/build-directory.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { digestOfFile } from '../../files/digest.js';
import type { TreePaths } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import { readHold } from '../../repository-store/generations/hold.js';
import { inspectMetadata } from '../../repository-store/metadata/metadata.js';
import { readRecords } from '../../repository-store/metadata/primary-records.js';
import { nodeAlgorithm } from '../../repository-store/metadata/repomd.js';
import { LIVES, type Live } from '../build-record.js';
import { treeMetadata } from './parked-metadata.js';

/** A package that the tree's metadata list. */
export type TreePackage = {
  /** Its directory in the chroot's. */
  readonly build: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
};

/** The packages that the metadata of a chroot directory in the tree list; null: it has no such metadata. */
export type TreeListing = Readonly<Record<Live, readonly TreePackage[] | null>> & {
  /** Web servers find none of it. */
  readonly isParked: boolean;
};

/** Kinds of metadata that publications at Pulp do not have, as repomd.xml names them. */
const NOT_AT_PULP = /^(group|modules|updateinfo)/;

/**
 * The packages that clients get from the tree. Rejects with `StorageMoveRefused` if Pulp could not serve the same:
 * comps and modules, damaged metadata, a package outside of its builds, a hold.
 */
export async function readTree(paths: TreePaths, repository: RepositoryId): Promise<TreeListing> {
  const found: Record<Live, readonly TreePackage[] | null> = { public: null, devel: null };
  const isParked: boolean[] = [];
  for (const live of LIVES) {
    const repodata = repodataOf(paths, repository, live === 'devel');
    if ((await readHold(repodata)) !== null)
      throw refused(paths, repository, 'an operator holds it at a generation: `repo release` it first');
    const place = await treeMetadata(repodata);
    if (place === null) continue;
    isParked.push(place.isParked);
    found[live] = await packagesOf(paths, repository, place);
  }
  return { ...found, isParked: isParked.length > 0 && isParked.every(Boolean) };
}

/** Each package once, by its path; a package of both repositories is the same file. */
export function allOf(listing: TreeListing): readonly TreePackage[] {
  const all = LIVES.flatMap((live) => listing[live] ?? []);
  return [...new Map(all.map((one) => [`${one.build}/${one.file}`, one])).values()];
}

async function packagesOf(
  paths: TreePaths,
  repository: RepositoryId,
  place: Parameters<typeof inspectMetadata>[0],
): Promise<readonly TreePackage[]> {
  const metadata = await inspectMetadata(place);
  if (metadata.state === 'damaged')
    throw refused(paths, repository, `its metadata is damaged (${metadata.why}): make it with \`copr-repo\` first`);
  const kind = metadata.repomd.files.find(({ type }) => NOT_AT_PULP.test(type))?.type;
  if (kind !== undefined)
    throw refused(
      paths,
      repository,
      `its metadata has ${kind}, which Pulp would not serve: remove comps.xml or modules.yaml`,
    );
  const found: { readonly href: string; readonly sha256: string | null; readonly bytes: number }[] = [];
  const records = await readRecords(path.join(place.repodata, metadata.primary.name), ({ href, checksum, bytes }) => {
    const [type, digest] = checksum;
    found.push({ href, sha256: nodeAlgorithm(type) === 'sha256' ? digest : null, bytes });
  });
  if (records === null)
    throw refused(paths, repository, 'its primary metadata is damaged: make it with `copr-repo` first');
  const packages: TreePackage[] = [];
  for (const { href, sha256, bytes } of found) {
    const [build = '', file = '', ...more] = href.split('/');
    if (file === '' || more.length > 0 || !isBuildDirectoryName(build))
      throw refused(paths, repository, `${href} is in no build's directory`);
    // Metadata of EL 5 have another algorithm.
    const digest = sha256 ?? (await digestOfFile(path.join(paths.chroot(repository), href)));
    packages.push({ build, file, sha256: digest, bytes });
  }
  return packages;
}

export function refused(paths: TreePaths, repository: RepositoryId, why: string): PortFailure {
  return new PortFailure('StorageMoveRefused', `${paths.chroot(repository)} cannot move to Pulp: ${why}`);
}

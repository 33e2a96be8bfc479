import path from 'node:path';
import { isRpmFileName } from '../../domain/names/rpm-file.js';
import type { Unit } from '../pulp/answers.js';
import type { PulpPackages } from '../pulp/packages.js';
import type { BuildRecord, RecordedPackage } from './build-record.js';

/**
 * Builds that another service brought to Pulp have no record. It gave each package the build's id and the chroot as
 * labels, by which they are found here; a package that several builds have in the same bytes has the labels of one of
 * them. Rejects like PulpPackages.
 */
type Asking = { readonly packages: Pick<PulpPackages, 'labelled'>; readonly signal?: AbortSignal | undefined };

/** False for a build of another service; a full run notes it as one without packages. */
export function hasRecord(record: BuildRecord | null): record is BuildRecord {
  return record !== null && record.packages.length + record.left.length > 0;
}

/** For those of these builds that have no record: one that says that their packages have left. */
export async function recordsOfLeaving(
  records: readonly BuildRecord[],
  builds: ReadonlySet<string>,
  { packages, signal }: Asking,
): Promise<readonly BuildRecord[]> {
  const recorded = new Set(records.filter(hasRecord).map(({ build }) => build));
  const ids = new Map([...builds].filter((build) => !recorded.has(build)).map((build) => [idOf(build), build]));
  ids.delete(null);
  if (ids.size === 0) return [];
  // Without the chroot: equal packages of two chroots have the label of one of them.
  const units = await packages.labelled(
    [...ids.keys()].map((id) => ({ build_id: id ?? '' })),
    signal,
  );
  return [...ids].map(([id, build]) => {
    const left = units.filter(({ pulp_labels: labels }) => labels['build_id'] === id).map(recordedOf);
    return { build, listedIn: [], packages: [], left };
  });
}

/** The packages of a build in one chroot; none for a directory that does not belong to a build. */
export async function packagesByLabels(
  { targetDir, chroot }: { readonly targetDir: string; readonly chroot: string },
  { packages, signal }: Asking,
): Promise<readonly RecordedPackage[]> {
  const id = idOf(targetDir);
  if (id === null) return [];
  const found = (await packages.labelled([{ build_id: id, chroot }], signal)).map(recordedOf);
  return found.filter(({ file }) => isRpmFileName(file));
}

/** As a label has it: without the zeros of the directory's name. */
export function idOf(build: string): string | null {
  const id = Number.parseInt(build, 10);
  return id > 0 ? String(id) : null;
}

export function recordedOf(unit: Unit): RecordedPackage {
  const { sha256, name, version, release, arch } = unit;
  return {
    file: path.posix.basename(unit.location_href),
    sha256,
    bytes: unit.size_package,
    name,
    version,
    release,
    arch,
  };
}

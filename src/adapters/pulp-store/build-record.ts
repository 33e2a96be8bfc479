import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { z } from 'zod';
import { isBuildDirectoryName } from '../../domain/build/build-directory.js';
import { PULP_PACKAGES } from '../file-tree/own-names.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { orNull } from '../files/storage-failure.js';

/** The two repositories of a chroot directory. */
export const LIVES = ['public', 'devel'] as const;
export type Live = (typeof LIVES)[number];

export const RecordedPackage = z.object({
  /** Name of its file. */
  file: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  name: z.string(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
});
export type RecordedPackage = z.infer<typeof RecordedPackage>;

const BuildRecord = z.object({
  listedIn: z.array(z.enum(LIVES)),
  packages: z.array(RecordedPackage),
  left: z.array(RecordedPackage).default([]),
});

/**
 * The packages that a build gave to Pulp, kept in its directory: Pulp itself cannot say whose a package is, because the
 * same bytes are one unit for all builds and projects, with one label.
 */
export type BuildRecord = {
  readonly build: string;
  /** The repositories that were asked to list it. */
  readonly listedIn: readonly Live[];
  readonly packages: readonly RecordedPackage[];
  /** Those that were its packages before: no repository lists them for its sake. */
  readonly left: readonly RecordedPackage[];
};

const PARALLEL = 16;

/** Null: nothing of this build was ever brought to Pulp. Rejects with the system's errors, or for a damaged record. */
export async function readBuildRecord(chrootDir: string, build: string): Promise<BuildRecord | null> {
  const text = await orNull(readFile(path.join(chrootDir, build, PULP_PACKAGES), 'utf8'));
  return text === null ? null : { build, ...BuildRecord.parse(JSON.parse(text)) };
}

/** The records of all builds that have one. */
export async function readBuildRecords(chrootDir: string): Promise<readonly BuildRecord[]> {
  const records = await pMap(await buildsOf(chrootDir), (build) => readBuildRecord(chrootDir, build), {
    concurrency: PARALLEL,
  });
  return records.filter((record) => record !== null);
}

export async function writeBuildRecord(chrootDir: string, record: BuildRecord): Promise<void> {
  const { build, ...content } = record;
  await writeFileAtomic(path.join(chrootDir, build, PULP_PACKAGES), `${JSON.stringify(content)}\n`);
}

/** Names of the build directories of a chroot. */
export async function buildsOf(chrootDir: string): Promise<readonly string[]> {
  const entries = (await orNull(readdir(chrootDir, { withFileTypes: true }))) ?? [];
  return entries.filter((entry) => entry.isDirectory() && isBuildDirectoryName(entry.name)).map(({ name }) => name);
}

/** Notes that these packages of a build (all, unless `isMeant` says so) are its packages no longer. Safe to repeat. */
export async function leavePackages(
  chrootDir: string,
  build: string,
  isMeant: (one: RecordedPackage) => boolean = () => true,
): Promise<void> {
  const record = await readBuildRecord(chrootDir, build);
  if (record?.packages.some(isMeant) !== true) return;
  const { packages, left } = record;
  await writeBuildRecord(chrootDir, {
    ...record,
    packages: packages.filter((one) => !isMeant(one)),
    left: [...left, ...packages.filter(isMeant)],
  });
}

import { link, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory, syncFile } from '../../files/atomic-file.js';
import { exists, statOf } from '../../files/entries.js';
import { makeDirectories } from '../../files/make-directories.js';
import { placeOf, readRepomd, type MetadataPlace } from '../metadata/metadata.js';
import type { Repomd } from '../metadata/repomd.js';
import { placeSignature, signatureName } from '../signing/repomd-signature.js';

const GENERATIONS = '.generations';
const GENERATION = /^(\d{1,15})-repomd\.xml$/;
/** This many superseded generations stay regardless of age, so that a quiet repository can be rolled back too. */
const ALWAYS_KEPT = 3;

/** One published state of the metadata, named by the revision of its repomd.xml. */
export type Generation = {
  readonly revision: string;
  /** Milliseconds since the epoch; null: it is live. */
  readonly supersededAt: number | null;
  readonly place: MetadataPlace;
  readonly repomd: Repomd;
};

/** The directory of generations, which a repository keeps beside its live metadata. */
export function generationsDirectory(live: string): string {
  return path.join(live, GENERATIONS);
}

/** While a repository is held: the metadata that goes live on release. */
export function preparedPlace(live: string): MetadataPlace {
  return { repodata: live, repomd: path.join(generationsDirectory(live), 'prepared-repomd.xml') };
}

/** The live generation and those before it, newest first; unreadable ones are left out. */
export async function listGenerations(live: string): Promise<readonly Generation[]> {
  const directory = generationsDirectory(live);
  const found = new Map<string, Generation>();
  const current = await readRepomd(placeOf(live).repomd);
  if (current !== null)
    found.set(current.revision, {
      revision: current.revision,
      supersededAt: null,
      place: placeOf(live),
      repomd: current,
    });
  const times = ((await exists(directory)) ? await readdir(directory) : []).flatMap(
    (name) => GENERATION.exec(name)?.[1] ?? [],
  );
  for (const time of times.toSorted((one, other) => Number(other) - Number(one))) {
    const place = { repodata: live, repomd: path.join(directory, `${time}-repomd.xml`) };
    const repomd = await readRepomd(place.repomd);
    if (repomd !== null && !found.has(repomd.revision))
      found.set(repomd.revision, { revision: repomd.revision, supersededAt: Number(time), place, repomd });
  }
  return [...found.values()].sort((one, other) => Number(other.revision) - Number(one.revision));
}

/** Moves new metadata files beside the live ones; they have content-hash names, so nobody sees them yet. */
export async function moveIn(live: string, repodata: string, repomd: Repomd): Promise<void> {
  await makeDirectories(generationsDirectory(live), { mode: 0o755, below: path.dirname(live) });
  // In parallel: the file system writes them out once.
  await Promise.all(
    [...new Set(repomd.files.map(({ name }) => name))].map(async (name) => {
      const source = path.join(repodata, name);
      const target = path.join(live, name);
      await syncFile(source);
      await giveWay(target);
      await rename(source, target);
    }),
  );
  await syncDirectory(live);
}

/**
 * Makes a repomd.xml, whose files are already in `live`, the one that clients see: its rename is the only step they can
 * notice. The superseded one is kept as a generation: its files stay for clients that are in the middle of a download,
 * and for a rollback. `repomdFile` is moved.
 */
export async function switchTo(live: string, repomdFile: string, now: number): Promise<void> {
  await keepGeneration(live, now);
  await syncFile(repomdFile);
  await placeSignature(live, repomdFile);
  await giveWay(placeOf(live).repomd);
  await rename(repomdFile, placeOf(live).repomd);
  await syncDirectory(live);
  await syncDirectory(path.dirname(live));
}

/** The same for a held repository, where it waits for the release. */
export async function prepare(live: string, repomdFile: string): Promise<void> {
  await syncFile(repomdFile);
  await rename(repomdFile, preparedPlace(live).repomd);
  await syncDirectory(generationsDirectory(live));
}

/** Something other than a file (damage) may have this name, and a rename only replaces files. */
async function giveWay(target: string): Promise<void> {
  if ((await statOf(target))?.isDirectory() === true) await rm(target, { recursive: true });
}

async function keepGeneration(live: string, now: number): Promise<void> {
  const { repomd } = placeOf(live);
  if ((await statOf(repomd))?.isFile() !== true) return;
  const directory = generationsDirectory(live);
  await makeDirectories(directory, { mode: 0o755, below: live });
  let supersededAt = now;
  while (await exists(path.join(directory, `${supersededAt}-repomd.xml`))) supersededAt += 1;
  await link(repomd, path.join(directory, `${supersededAt}-repomd.xml`));
  await syncDirectory(directory);
}

/**
 * Removes generations superseded before `oldest` except the last few, metadata files that no repomd.xml lists, and
 * half-written files of a killed run. The caller is the only writer.
 */
export async function collectGarbage(live: string, oldest: number): Promise<void> {
  if (!(await exists(live))) return;
  const directory = generationsDirectory(live);
  const listed = (await exists(directory)) ? await readdir(directory) : [];
  const times = listed.flatMap((name) => Number(GENERATION.exec(name)?.[1] ?? [])).sort((one, other) => other - one);
  const kept = times.filter((time, index) => index < ALWAYS_KEPT || time >= oldest);
  for (const time of times) {
    if (!kept.includes(time)) await rm(path.join(directory, `${time}-repomd.xml`), { force: true });
  }
  const repomds = [
    placeOf(live).repomd,
    preparedPlace(live).repomd,
    ...kept.map((time) => path.join(directory, `${time}-repomd.xml`)),
  ];
  const named = new Set<string>();
  for (const file of repomds) for (const { name } of (await readRepomd(file))?.files ?? []) named.add(name);
  await removeUnnamed(live, named);
  const signatures = new Set(await Promise.all(repomds.map(signatureName)));
  for (const name of listed) {
    const isStale = name.endsWith('.tmp') || (name.endsWith('.asc') && !signatures.has(name));
    if (isStale) await rm(path.join(directory, name), { force: true });
  }
}

async function removeUnnamed(live: string, named: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(live, { withFileTypes: true })) {
    const isMetadata = entry.isFile() && /^[0-9a-f]{32,128}-[\w.-]+$/.test(entry.name);
    const isLeftover = entry.isFile() && /^\.repomd\.xml.*\.tmp$/.test(entry.name);
    if (isLeftover || (isMetadata && !named.has(entry.name))) await rm(path.join(live, entry.name), { force: true });
  }
}

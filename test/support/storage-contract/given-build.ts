import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BuildPlace } from '../../../src/ports/build/build-place.js';
import { givenDirectory } from '../given-directory.js';
import { givenRpms } from '../given-rpms.js';
import type { StorageWorld } from './storage.js';

/** Real packages by their file names. */
export type Packages = Readonly<Record<string, Buffer>>;

/** Builds a binary and a source package of this name; another summary gives other packages of the same version. */
export async function givenPackages(name: string, summary = 'A package'): Promise<Packages> {
  const directory = await givenDirectory();
  try {
    const names = await givenRpms(directory.path, { name, summary });
    return Object.fromEntries(
      await Promise.all(names.map(async (file) => [file, await readFile(path.join(directory.path, file))] as const)),
    );
  } finally {
    await directory.remove();
  }
}

/** Packages as a client reports them. */
export function checksumsOf(...packages: readonly Packages[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    packages
      .flatMap((some) => Object.entries(some))
      .map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
}

/** Stages the results that a builder of these packages leaves; returns the name. */
export async function stage({ storage, bring }: StorageWorld, place: BuildPlace, packages: Packages): Promise<string> {
  const staging = await storage.stagingArea.create(place);
  await bring({ ...place, staging }, { ...packages, success: 'done', 'root.log': 'mock' });
  return staging;
}

/** A build whose results are in their place. */
export async function deliver(world: StorageWorld, place: BuildPlace, packages: Packages): Promise<string> {
  await world.storage.buildDirectories.prepare(place, `run of ${place.targetDir}`);
  const staging = await stage(world, place, packages);
  await world.storage.buildResults.deliver({ ...place, staging });
  return staging;
}

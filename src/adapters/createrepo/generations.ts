import { link, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory, syncFile } from '../result-tree/atomic-file.js';
import { exists, statOf } from '../result-tree/entries.js';
import { parseRepomd, type Repomd } from './repomd.js';

const REPOMD = 'repomd.xml';
const GENERATIONS = '.generations';
const GENERATION = /^(\d{1,15})-repomd\.xml$/;

/**
 * Makes the metadata in `made` live. Files have content-hash names and go first, beside the old ones; renaming
 * repomd.xml is the one step a client can see. The superseded repomd.xml is kept as a generation: its files stay for
 * clients that are in the middle of a download, and for a rollback.
 */
export async function switchTo(
  live: string,
  made: { readonly repodata: string; readonly repomd: Repomd; readonly now: number },
): Promise<void> {
  await mkdir(live, { recursive: true, mode: 0o755 });
  for (const file of made.repomd.files) {
    const source = path.join(made.repodata, file.name);
    const target = path.join(live, file.name);
    await syncFile(source);
    // Damage of another kind than a file can stand under the name; a rename only replaces files.
    if ((await statOf(target))?.isDirectory() === true) await rm(target, { recursive: true });
    await rename(source, target);
  }
  await keepGeneration(live, made.now);
  await syncFile(path.join(made.repodata, REPOMD));
  await syncDirectory(live);
  const target = path.join(live, REPOMD);
  if ((await statOf(target))?.isDirectory() === true) await rm(target, { recursive: true });
  await rename(path.join(made.repodata, REPOMD), target);
  await syncDirectory(live);
  await syncDirectory(path.dirname(live));
}

async function keepGeneration(live: string, now: number): Promise<void> {
  if ((await statOf(path.join(live, REPOMD)))?.isFile() !== true) return;
  const directory = path.join(live, GENERATIONS);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  let supersededAt = now;
  while (await exists(path.join(directory, `${supersededAt}-${REPOMD}`))) supersededAt += 1;
  await link(path.join(live, REPOMD), path.join(directory, `${supersededAt}-${REPOMD}`));
  await syncDirectory(directory);
}

/** Removes generations superseded before `oldest`, and metadata files that neither the live one nor a generation names. */
export async function collectGarbage(live: string, oldest: number): Promise<void> {
  const directory = path.join(live, GENERATIONS);
  const named = new Set(await namesIn(path.join(live, REPOMD)));
  for (const name of (await exists(directory)) ? await readdir(directory) : []) {
    const supersededAt = Number(GENERATION.exec(name)?.[1] ?? Number.NaN);
    if (supersededAt < oldest) await rm(path.join(directory, name), { force: true });
    else for (const file of await namesIn(path.join(directory, name))) named.add(file);
  }
  for (const entry of await readdir(live, { withFileTypes: true })) {
    const isMetadata = entry.isFile() && /^[0-9a-f]{32,128}-[\w.-]+$/.test(entry.name);
    if (isMetadata && !named.has(entry.name)) await rm(path.join(live, entry.name), { force: true });
  }
}

async function namesIn(file: string): Promise<readonly string[]> {
  return parseRepomd(await readFile(file, 'utf8'))?.files.map((one) => one.name) ?? [];
}

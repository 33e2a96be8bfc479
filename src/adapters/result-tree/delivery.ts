import { readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PortFailure } from '../../ports/port-failure.js';
import { syncDirectory, syncFile, writeFileAtomic } from '../files/atomic-file.js';
import { exists, refuseHostileEntries, statOf } from '../files/entries.js';
import { DELIVERED, isOwnName } from '../file-tree/own-names.js';
import { orNull } from '../files/storage-failure.js';

/** The content of one delivery; it outlives the staging directory, so a repeated call knows what belongs to the run. */
const Manifest = z.object({ staging: z.string(), entries: z.array(z.string()).readonly(), complete: z.boolean() });
type Manifest = z.infer<typeof Manifest>;

/**
 * Moves the staged files into the result directory and removes everything that does not belong to this run. The
 * manifest is written before the first move and completed after the last, so that a call after a crash continues where
 * the last one ended.
 */
export async function deliverStaged(target: string, staging: string): Promise<void> {
  const manifest = await manifestFor(target, staging);
  if (!manifest.complete) {
    const wanted = new Set(manifest.entries);
    // A failed run publishes nothing, so the live metadata continues to list the packages of the run before.
    const keepsPackages = !wanted.has('success');
    for (const name of manifest.entries) await moveEntry(path.join(staging, name), path.join(target, name));
    for (const name of await readdir(target)) {
      const stays = wanted.has(name) || isOwnName(name) || (keepsPackages && name.endsWith('.rpm'));
      if (!stays) await rm(path.join(target, name), { recursive: true, force: true });
    }
    await syncDirectory(target);
    await writeManifest(target, { ...manifest, complete: true });
  }
  await rm(staging, { recursive: true, force: true });
}

/** Removes staged RPMs and the success marker, whatever kind of entry they are: a builder can make them links. */
export async function leaveOutPackages(staging: string): Promise<void> {
  const names = (await readdir(staging)).filter((name) => name.endsWith('.rpm') || name === 'success');
  for (const name of names) await rm(path.join(staging, name), { recursive: true, force: true });
}

/**
 * Undoes a delivery that a repository refused: removes RPMs and `success` of exactly this delivery. Returns how many
 * RPMs were removed. Safe to repeat.
 */
export async function withdrawDelivered(target: string, name: string): Promise<number> {
  const manifest = await readManifest(target);
  if (manifest?.staging !== name || !manifest.complete) return 0;
  const rpms = manifest.entries.filter((name) => name.endsWith('.rpm'));
  // The marker is removed first, because other tools trust it.
  for (const name of ['success', ...rpms]) await rm(path.join(target, name), { recursive: true, force: true });
  await syncDirectory(target);
  return rpms.length;
}

async function manifestFor(target: string, staging: string): Promise<Manifest> {
  const name = path.basename(staging);
  const known = await readManifest(target);
  if (known?.staging === name) return known;
  // Only the build creates and removes it, so it does not come back.
  if (!(await exists(staging)))
    throw new PortFailure('StorageFailed', `the staged results ${name} are gone: the build has to run again`, {
      retryable: false,
    });
  await refuseHostileEntries(staging);
  const entries = (await readdir(staging)).filter((entry) => !isOwnName(entry)).sort();
  const manifest = { staging: name, entries, complete: false };
  await syncFiles(staging, entries);
  await writeManifest(target, manifest);
  return manifest;
}

/**
 * If the source is missing, an earlier call has moved it. A rename replaces a file; a directory has to be removed
 * first.
 */
async function moveEntry(source: string, target: string): Promise<void> {
  const [from, to] = await Promise.all([statOf(source), statOf(target)]);
  if (from === null) return;
  if (to !== null && (from.isDirectory() || to.isDirectory())) await rm(target, { recursive: true, force: true });
  await rename(source, target);
}

/** rsync leaves content in the page cache, but files that a repository lists must survive a power loss. */
async function syncFiles(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const file = path.join(directory, name);
    if ((await statOf(file))?.isFile() === true) await syncFile(file);
  }
}

/** Names of what the last whole delivery of a successful build brought; null: there was none. */
export async function deliveredNames(target: string): Promise<readonly string[] | null> {
  const manifest = await readManifest(target);
  return manifest?.complete === true && manifest.entries.includes('success') ? manifest.entries : null;
}

async function readManifest(target: string): Promise<Manifest | null> {
  const text = await orNull(readFile(path.join(target, DELIVERED), 'utf8'));
  return text === null ? null : Manifest.parse(JSON.parse(text));
}

async function writeManifest(target: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(path.join(target, DELIVERED), JSON.stringify(manifest));
}

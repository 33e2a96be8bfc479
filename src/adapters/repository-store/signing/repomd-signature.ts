import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { digestOfFile } from '../../files/digest.js';
import type { RepomdSignature } from './repomd-signing.js';
import { writeFileAtomic } from '../../files/atomic-file.js';
import { makeDirectories } from '../../files/make-directories.js';
import { orNull } from '../../files/storage-failure.js';

/** Name of the signature kept for this exact repomd.xml; null: there is no such file. */
export async function signatureName(repomdFile: string): Promise<string | null> {
  const digest = await orNull(digestOfFile(repomdFile, 'sha256'));
  return digest === null ? null : `${digest}.asc`;
}

/** Keeps the signature of a repomd.xml that is not live yet. A generation that goes live again has its own signature. */
export async function keepSignature(generations: string, repomdFile: string, signed: RepomdSignature): Promise<void> {
  await makeDirectories(generations, { mode: 0o755, below: path.dirname(path.dirname(generations)) });
  const name = await signatureName(repomdFile);
  if (name !== null) await writeFileAtomic(path.join(generations, name), JSON.stringify(signed));
}

/** The signature kept for this exact repomd.xml. */
export async function keptSignature(generations: string, repomdFile: string): Promise<RepomdSignature | null> {
  const name = await signatureName(repomdFile);
  const text = name === null ? null : await orNull(readFile(path.join(generations, name), 'utf8'));
  return text === null ? null : (JSON.parse(text) as RepomdSignature);
}

/**
 * Puts the kept signature of `repomdFile`, which is live or about to go live, beside repomd.xml. Without a kept one it
 * removes the signature: a wrong one is worse than none. Until repomd.xml is renamed the two do not match for an
 * instant; a client asks again, and if a run dies there, the next one repairs it, because it comes here first.
 */
export async function placeSignature(live: string, repomdFile: string): Promise<void> {
  const signed = await keptSignature(path.join(live, '.generations'), repomdFile);
  await place(path.join(live, 'repomd.xml.key'), signed?.publicKey ?? null);
  await place(path.join(live, 'repomd.xml.asc'), signed?.signature ?? null);
}

/**
 * Removes the kept signatures because another key signs for this chroot directory from now on; the next run then signs
 * the metadata, changed or not. The signature beside the live repomd.xml stays until then.
 */
export async function forgetSignatures(chrootDir: string): Promise<void> {
  for (const live of [path.join(chrootDir, 'repodata'), path.join(chrootDir, 'devel', 'repodata')]) {
    const generations = path.join(live, '.generations');
    for (const name of (await orNull(readdir(generations))) ?? [])
      if (name.endsWith('.asc')) await rm(path.join(generations, name), { force: true });
  }
}

async function place(file: string, content: string | null): Promise<void> {
  if (content === null) await rm(file, { force: true });
  else if ((await orNull(readFile(file, 'utf8'))) !== content) await writeFileAtomic(file, content);
}

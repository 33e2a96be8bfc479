import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PortFailure } from '../../ports/port-failure.js';
import type { Digest, DigestAnswer } from '../../ports/signing/signer.js';
import { openGnupgHome, type GnupgHome } from '../gpg/gnupg-home.js';
import { badFiles, keyring, objectionsTo } from './key-ring.js';
import { PROBE_KEY, PROBE_PACKAGES } from './probe-packages.js';

export type DigestAnswers = Readonly<Record<Digest, DigestAnswer>>;

/**
 * Asks this host's rpm to verify signatures that only its policy could refuse. Which digests it accepts depends on its
 * version, its build and the system's policy, and none of these shows the answer. Works in its own temporary directory.
 * Rejects with `SignerUnavailable` if rpm cannot be asked.
 */
export async function probeDigests(): Promise<DigestAnswers> {
  const directory = await mkdtemp(path.join(tmpdir(), 'signature-probe-'));
  const home = openGnupgHome(directory);
  try {
    return { sha1: await answerTo('sha1', home, directory), sha256: await answerTo('sha256', home, directory) };
  } finally {
    await home.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function answerTo(digest: Digest, home: GnupgHome, directory: string): Promise<DigestAnswer> {
  const file = path.join(directory, `probe-${digest}.rpm`);
  await writeFile(file, gunzipSync(Buffer.from(PROBE_PACKAGES[digest], 'base64')));
  try {
    const ring = await keyring({ home }, PROBE_KEY);
    const bad = await badFiles({ home, files: [file] }, PROBE_KEY, ring);
    if (bad.length === 0) return { isTaken: true };
    return { isTaken: false, why: await objectionsTo(file, { home }, PROBE_KEY) };
  } catch (error) {
    if (!(error instanceof PortFailure) || error.retryable) throw error;
    return { isTaken: false, why: error.message };
  }
}

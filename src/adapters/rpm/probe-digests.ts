import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PortFailure } from '../../ports/port-failure.js';
import type { Digest } from '../../ports/signing/signer.js';
import { openGnupgHome, type GnupgHome } from '../gpg/gnupg-home.js';
import { badFiles, keyring, objectionsTo } from './key-ring.js';
import { PROBE_KEY, PROBE_PACKAGES } from './probe-packages.js';

/** For each digest rpm's words against a signature with it; null where it finds one good. */
export type DigestRefusals = Readonly<Record<Digest, string | null>>;

/**
 * Asks the rpm of this host, with signatures that are good but for its policy: which digests it takes is decided by its
 * version, how it was built and the policy of the system, and told by none of them. Works in a temporary directory of its
 * own. Rejects with `SignerUnavailable` where rpm cannot be asked.
 */
export async function probeDigests(): Promise<DigestRefusals> {
  const directory = await mkdtemp(path.join(tmpdir(), 'signature-probe-'));
  const home = openGnupgHome(directory);
  try {
    return { sha1: await refusalOf('sha1', home, directory), sha256: await refusalOf('sha256', home, directory) };
  } finally {
    await home.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function refusalOf(digest: Digest, home: GnupgHome, directory: string): Promise<string | null> {
  const file = path.join(directory, `probe-${digest}.rpm`);
  await writeFile(file, gunzipSync(Buffer.from(PROBE_PACKAGES[digest], 'base64')));
  try {
    const ring = await keyring({ home }, PROBE_KEY);
    const bad = await badFiles({ home, files: [file] }, PROBE_KEY, ring);
    return bad.length === 0 ? null : await objectionsTo(file, { home }, PROBE_KEY);
  } catch (error) {
    if (!(error instanceof PortFailure) || error.retryable) throw error;
    return error.message;
  }
}

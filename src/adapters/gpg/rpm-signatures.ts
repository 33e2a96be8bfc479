import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isRpmFileName } from '../../domain/rpm-file.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Digest } from '../../ports/signer.js';
import type { GnupgHome } from './gnupg-home.js';

/** A signature as the package's header states it; whether it is good, only `badFiles` knows. */
export type StatedSignature = { readonly digest: string; readonly keyId: string };

type Files = {
  readonly home: GnupgHome;
  readonly files: readonly string[];
  readonly signal?: AbortSignal | undefined;
};

const TAGS = ['RSAHEADER', 'DSAHEADER', 'SIGPGP', 'SIGGPG'];
const MACROS = ['--define', '_pkgverify_level all', '--define', '_pkgverify_flags 0x0'];

/**
 * Refuses what the rpm tools would not read as one package: a file without an RPM's first bytes is taken for a list of
 * other files, and a name with pattern characters for a pattern.
 */
export async function insistOnPackages(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (!path.isAbsolute(file) || /[*?[\]{}\\\n]/.test(file) || !isRpmFileName(path.basename(file)))
      throw new PortFailure('SigningFailed', `${JSON.stringify(file)} is no name of a package`, { retryable: false });
    const handle = await open(file);
    try {
      const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      if (!buffer.equals(Buffer.from('edabeedb', 'hex')))
        throw new PortFailure('SigningFailed', `${path.basename(file)} is not an RPM package`, { retryable: false });
    } finally {
      await handle.close();
    }
  }
}

/** The signatures each file states, in the order of `files`; null for a file whose header rpm cannot read. */
export async function statedSignatures(request: Files): Promise<readonly (readonly StatedSignature[] | null)[]> {
  const format = `${TAGS.map((tag) => `%{${tag}:pgpsig}`).join('|')}\\n`;
  const args = ['-qp', '--nosignature', '--nodigest', '--queryformat', format, ...request.files];
  const result = await request.home.run('rpm', args, options(request));
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  if (result.code === 0 && lines.length === request.files.length) return lines.map(parseSignatures);
  if (request.files.length === 1) return [null];
  const single: (readonly StatedSignature[] | null)[] = [];
  for (const file of request.files) single.push(...(await statedSignatures({ ...request, files: [file] })));
  return single;
}

/** `RSA/SHA256, Sun Nov 22 20:07:53 2026, Key ID 083633dae4316215`, once per tag. */
function parseSignatures(line: string): readonly StatedSignature[] {
  return line
    .split('|')
    .filter((part) => part !== '(none)')
    .map((part) => {
      const [, digest, keyId] = /^[^/]+\/([^,]+),.*Key ID ([0-9a-f]+)$/i.exec(part.trim()) ?? [];
      return { digest: (digest ?? '').toLowerCase(), keyId: (keyId ?? '').toLowerCase() };
    });
}

/** True when the stated signatures are one or more, all by this key with this digest. */
export function areBy(stated: readonly StatedSignature[] | null, keyId: string, digest: Digest): boolean {
  if (stated === null || stated.length === 0) return false;
  return stated.every((one) => one.keyId === keyId.toLowerCase() && one.digest === digest);
}

/** Those files that do not verify against this one public key, digests and signatures, in a key ring of their own. */
export async function badFiles(request: Files, publicKey: string): Promise<readonly string[]> {
  return request.home.withScratch(async (scratch) => {
    const database = ['--define', `_dbpath ${scratch}`];
    const keyFile = path.join(scratch, 'key.asc');
    await writeFile(keyFile, publicKey);
    const imported = await request.home.run('rpmkeys', [...database, '--import', keyFile], options(request));
    if (imported.code !== 0)
      throw new PortFailure('SignerUnavailable', `rpmkeys did not take the key: ${imported.summary}`, {
        retryable: true,
      });
    const args = [...database, ...MACROS, '--checksig', ...request.files];
    const checked = await request.home.run('rpmkeys', args, { ...options(request), maxBytes: 16 * 1024 * 1024 });
    if (checked.canceled || checked.timedOut)
      throw new PortFailure('SignerUnavailable', checked.summary, { retryable: true });
    const good = new Set(checked.stdout.split('\n'));
    const bad = request.files.filter((file) => !good.has(`${file}: digests signatures OK`));
    if (checked.code !== 0 && bad.length === 0) return request.files;
    return bad;
  });
}

function options(request: Files): { readonly signal?: AbortSignal } {
  return request.signal === undefined ? {} : { signal: request.signal };
}

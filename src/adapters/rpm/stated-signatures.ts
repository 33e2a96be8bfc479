import { carriesOpenpgp } from './openpgp-tag.js';
import { runForPackages, type PackageFiles } from './package-files.js';

/** A signature as stated in the package's header; only rpm's check with the key shows whether it is good. */
export type StatedSignature = { readonly digest: string; readonly keyId: string };

/** A package's signatures as seen by this host's rpm. */
export type Statement = {
  readonly signatures: readonly StatedSignature[];
  /** True if it also has signatures that this rpm neither reads nor removes. */
  readonly hasUnseen: boolean;
};

const KNOWN_TO_ALL = ['RSAHEADER', 'DSAHEADER', 'SIGPGP', 'SIGGPG'];
const OPENPGP = 'OPENPGP';

/** The signatures that each file states; null for a file whose header rpm cannot read. */
export async function statedSignatures(request: PackageFiles): Promise<ReadonlyMap<string, Statement | null>> {
  const { home, files, signal } = request;
  const options = signal === undefined ? {} : { signal };
  const { stdout } = await home.run('rpm', ['--querytags'], options);
  signal?.throwIfAborted();
  const seesAll = stdout.split('\n').includes(OPENPGP);
  const signatures = await query(request, seesAll ? [...KNOWN_TO_ALL, OPENPGP] : KNOWN_TO_ALL);
  const statements = new Map<string, Statement | null>();
  for (const file of files) {
    const seen = signatures.get(file) ?? null;
    const hasUnseen = !seesAll && (await carriesOpenpgp(file));
    statements.set(file, seen === null ? null : { signatures: seen, hasUnseen });
  }
  return statements;
}

async function query(
  request: PackageFiles,
  tags: readonly string[],
): Promise<ReadonlyMap<string, readonly StatedSignature[] | null>> {
  const format = `=${tags.map((tag) => `[%{${tag}:pgpsig}|]`).join('')}\\n`;
  // Unlike the other tools, a query treats its arguments as patterns, and a file as a list of packages.
  const args = ['-qp', '--noglob', '--nomanifest', '--nosignature', '--nodigest', '--queryformat', format];
  const stated = new Map<string, readonly StatedSignature[] | null>();
  for await (const { files, result } of runForPackages(request, 'rpm', args)) {
    const lines = result.stdout.split('\n').filter((line) => line.startsWith('='));
    if (result.code === 0 && lines.length === files.length)
      for (const [index, file] of files.entries()) stated.set(file, parseSignatures(lines[index]?.slice(1) ?? ''));
    else if (files.length === 1) stated.set(files[0] ?? '', null);
    // Only one query per file shows which of them cannot be read.
    else
      for (const file of files)
        for (const [name, signatures] of await query({ ...request, files: [file] }, tags)) stated.set(name, signatures);
  }
  return stated;
}

/**
 * `RSA/SHA256, Sun Nov 22 20:07:53 2026, Key ID 083633dae4316215`, once per signature; any other text means no
 * signature.
 */
function parseSignatures(line: string): readonly StatedSignature[] {
  return line
    .split('|')
    .filter((part) => part !== '' && part !== '(none)')
    .map((part) => {
      const [, digest, keyId] = /^[^/]+\/([^,]+),.*Key ID ([0-9a-f]+)$/i.exec(part.trim()) ?? [];
      return { digest: (digest ?? '').toLowerCase(), keyId: (keyId ?? '').toLowerCase() };
    });
}

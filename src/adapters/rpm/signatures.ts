import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isRpmFileName } from '../../domain/rpm-file.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Digest } from '../../ports/signer.js';
import type { GnupgHome } from '../gpg/gnupg-home.js';
import type { PublicKey } from '../gpg/public-key.js';
import { argumentBatches } from '../process/argument-batches.js';
import type { CommandResult } from '../process/run-command.js';

/** A signature as the package's header states it; whether it is good, only `badFiles` knows. */
type StatedSignature = { readonly digest: string; readonly keyId: string };

type Files = {
  readonly home: GnupgHome;
  readonly files: readonly string[];
  readonly signal?: AbortSignal | undefined;
};

const TAGS = ['RSAHEADER', 'DSAHEADER', 'SIGPGP', 'SIGGPG'];
const MACROS = ['--define', '_pkgverify_level all', '--define', '_pkgverify_flags 0x0'];
/** Packages of one run of an rpm tool: a start costs little beside them, and a limit stays in minutes. */
const MOST_PER_RUN = 200;
/** How long a run may take, and for each package on top of that: the tools read packages of gigabytes whole. */
const RUN_MS = 60_000;
const PACKAGE_MS = 15_000;

/**
 * Refuses what the rpm tools would not read as one package: a file without an RPM's first bytes is taken for a list of
 * other files, and their answers name one file a line.
 */
export async function insistOnPackages(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (!path.isAbsolute(file) || /\p{Cc}/u.test(file) || !isRpmFileName(path.basename(file)))
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

/** The end of one run of an rpm tool, and the packages it was run for. */
type Run = { readonly files: readonly string[]; readonly result: CommandResult };

/**
 * Runs one of the rpm tools for all files of the request, as often as their number and the length of their paths need;
 * goes on while it is asked to. Rejects with the signal's reason when that has ended a run.
 */
export async function* runForPackages(request: Files, program: string, args: readonly string[]): AsyncGenerator<Run> {
  const { home, signal } = request;
  for (const files of argumentBatches(request.files, MOST_PER_RUN)) {
    signal?.throwIfAborted();
    const result = await home.run(program, [...args, ...files], {
      timeoutMs: RUN_MS + files.length * PACKAGE_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    signal?.throwIfAborted();
    yield { files, result };
  }
}

/** The signatures that each file states; null for a file whose header rpm cannot read. */
async function statedSignatures(request: Files): Promise<ReadonlyMap<string, readonly StatedSignature[] | null>> {
  const format = `${TAGS.map((tag) => `%{${tag}:pgpsig}`).join('|')}\\n`;
  // Alone of the tools a query reads its arguments as patterns, and a file as a list of packages.
  const args = ['-qp', '--noglob', '--nomanifest', '--nosignature', '--nodigest', '--queryformat', format];
  const stated = new Map<string, readonly StatedSignature[] | null>();
  for await (const { files, result } of runForPackages(request, 'rpm', args)) {
    const lines = result.stdout.split('\n').filter((line) => line !== '');
    if (result.code === 0 && lines.length === files.length)
      for (const [index, file] of files.entries()) stated.set(file, parseSignatures(lines[index] ?? ''));
    else if (files.length === 1) stated.set(files[0] ?? '', null);
    // Which of them cannot be read, only one at a time tells.
    else
      for (const file of files)
        for (const [name, signatures] of await statedSignatures({ ...request, files: [file] }))
          stated.set(name, signatures);
  }
  return stated;
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
function areBy(stated: readonly StatedSignature[] | null, keyIds: readonly string[], digest: Digest): boolean {
  if (stated === null || stated.length === 0) return false;
  return stated.every((one) => keyIds.includes(one.keyId) && one.digest === digest);
}

/** Files that a signer has to sign, and those of them that carry other signatures, which have to go first. */
export type Lacking = { readonly files: readonly string[]; readonly signedOtherwise: readonly string[] };

/**
 * Those of the files that do not carry a good signature by the key with the digest, and only such. Rejects with
 * `SigningFailed`, for good, for a key that rpm does not take: nothing signed with it would ever verify.
 */
export async function lackingSignature(
  request: Files & { readonly digest: Digest },
  key: Pick<PublicKey, 'keyIds' | 'armored'>,
): Promise<Lacking> {
  const { files } = request;
  const ring = await keyring(request, key.armored);
  const stated = await statedSignatures(request);
  const claiming = files.filter((file) => areBy(stated.get(file) ?? null, key.keyIds, request.digest));
  const bad = new Set(claiming.length === 0 ? [] : await badFiles({ ...request, files: claiming }, key.armored, ring));
  const good = new Set(claiming.filter((file) => !bad.has(file)));
  const lacking = files.filter((file) => !good.has(file));
  const isSigned = (file: string): boolean => (stated.get(file)?.length ?? 0) > 0;
  return { files: lacking, signedOtherwise: lacking.filter(isSigned) };
}

/** The refusal of files whose signatures are not what they must be; names at most ten. */
export function signatureInvalid(digest: Digest, files: readonly string[]): PortFailure {
  const names = files.slice(0, 10).map((file) => path.basename(file));
  const more = files.length > names.length ? ` and ${files.length - names.length} more` : '';
  return new PortFailure(
    'SignatureInvalid',
    `no good ${digest} signature of the project's key: ${names.join(', ')}${more}`,
    { retryable: false },
  );
}

/** Takes all signatures away (docs/neighbours/signing.md#the-program-sign); a file without any stays as it is. */
export async function removeSignatures(request: Files): Promise<void> {
  for await (const { files, result } of runForPackages(request, 'rpmsign', ['--delsign']))
    if (result.code !== 0) throw notSigned(result, files);
}

/** What a path or its owner refuses, in the words of strerror; a full or a broken disk is waited for like anywhere. */
const FORBIDDEN = /Permission denied|Operation not permitted|File name too long|Is a directory|Not a directory/;

/**
 * Why a program did not sign, or unsign, these files. What speaks against the path of one of them stays as it is however
 * often it is tried, and is final; anything else may go through later.
 */
export function notSigned(result: CommandResult, files: readonly string[], whose = ''): PortFailure {
  const lines = result.stderr.split('\n').filter((line) => FORBIDDEN.test(line));
  const told = lines.find((line) => files.some((file) => line.includes(file)));
  if (told !== undefined)
    return new PortFailure('SigningFailed', `${whose}the signer cannot write there: ${told}`, { retryable: false });
  return new PortFailure('SigningFailed', `${whose}${result.summary}`, { retryable: true });
}

/**
 * Runs the signing of files. What fails may go through later, unless a file is not what its own checksums say: no signer
 * could make that one good.
 */
export async function signingOf(request: Files, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    request.signal?.throwIfAborted();
    const damaged = await damagedFiles(request);
    if (damaged.length === 0) throw error;
    const names = damaged.slice(0, 10).map((file) => path.basename(file));
    throw new PortFailure('SigningFailed', `not what their own checksums say: ${names.join(', ')}`, {
      retryable: false,
      cause: error,
    });
  }
}

async function damagedFiles(request: Files): Promise<readonly string[]> {
  const damaged: string[] = [];
  for await (const { files, result } of runForPackages(request, 'rpmkeys', ['--nosignature', '--checksig'])) {
    const good = new Set(result.stdout.split('\n'));
    damaged.push(...files.filter((file) => !good.has(`${file}: digests OK`)));
  }
  return damaged;
}

/** Those files that do not verify against this one public key, digests and signatures, in a key ring of their own. */
async function badFiles(request: Files, publicKey: string, ring: string): Promise<readonly string[]> {
  const bad = await notGood(request, ring);
  if (bad.length === 0) return bad;
  // A ring that was damaged since knows no good file: only what a fresh one says counts against a package.
  await request.home.forget(ring);
  return notGood(request, await keyring(request, publicKey));
}

/** rpm's own database with nothing but the key; made once for as long as the home is open. */
function keyring(request: Files, publicKey: string): Promise<string> {
  return request.home.keep(createHash('sha256').update(publicKey).digest('hex'), async (directory) => {
    const keyFile = path.join(directory, 'key.asc');
    await writeFile(keyFile, publicKey);
    const imported = await request.home.run('rpmkeys', ['--define', `_dbpath ${directory}`, '--import', keyFile]);
    if (imported.code === 0) return;
    // Where it is a full disk that refuses, rpm says something else as well.
    const said = imported.stderr.split('\n').filter((line) => line.startsWith('error:'));
    if (said.length > 0 && said.every((line) => /: key \d+ (import failed|not an armored public key)\.$/.test(line)))
      throw new PortFailure(
        'SigningFailed',
        `rpm takes no key of the type that the project's has: ${imported.summary}`,
        {
          retryable: false,
        },
      );
    throw new PortFailure('SignerUnavailable', `rpmkeys did not take the key: ${imported.summary}`, {
      retryable: true,
    });
  });
}

async function notGood(request: Files, ring: string): Promise<readonly string[]> {
  const args = ['--define', `_dbpath ${ring}`, ...MACROS, '--checksig'];
  const bad: string[] = [];
  for await (const { files, result } of runForPackages(request, 'rpmkeys', args)) {
    if (result.timedOut) throw new PortFailure('SignerUnavailable', result.summary, { retryable: true });
    const good = new Set(result.stdout.split('\n'));
    const some = files.filter((file) => !good.has(`${file}: digests signatures OK`));
    bad.push(...(result.code !== 0 && some.length === 0 ? files : some));
  }
  return bad;
}

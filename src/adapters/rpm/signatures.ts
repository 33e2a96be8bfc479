import { PortFailure } from '../../ports/port-failure.js';
import type { Digest } from '../../ports/signing/signer.js';
import type { PublicKey } from '../gpg/public-key.js';
import type { CommandResult } from '../process/run-command.js';
import { badFiles, keyring, objectionsTo } from './key-ring.js';
import { haveOwnFiles } from './own-file.js';
import { namesOf, runForPackages, type PackageFiles } from './package-files.js';
import { statedSignatures, type Statement } from './stated-signatures.js';

type Key = Pick<PublicKey, 'keyIds' | 'armored'>;
type Request = PackageFiles & { readonly digest: Digest };

/** Files that have to be signed, and those of them with other signatures, which have to be removed first. */
export type Lacking = { readonly files: readonly string[]; readonly signedOtherwise: readonly string[] };

/** The flaw of one file; null if all its signatures are good, by the key and with the digest. */
type Flaw = { readonly by: 'its header'; readonly why: string } | { readonly by: 'rpm' } | null;

/** The files that lack a good signature by the key with the digest, or have others besides. */
export async function lackingSignature(request: Request, key: Key): Promise<readonly string[]> {
  const { flaws } = await judge(request, key);
  return request.files.filter((file) => flaws.get(file) !== null);
}

/** Rejects with `SignatureInvalid`, quoting rpm, if a file lacks such a signature; names at most ten. */
export async function verifySignatures(request: Request, key: Key): Promise<void> {
  const { flaws } = await judge(request, key);
  const bad = request.files.filter((file) => flaws.get(file) !== null);
  const [first] = bad;
  if (first === undefined) return;
  const flaw = flaws.get(first);
  const why = flaw?.by === 'its header' ? flaw.why : await objectionsTo(first, request, key.armored);
  throw new PortFailure(
    'SignatureInvalid',
    `no good ${request.digest} signature of the project's key: ${namesOf(bad)}; ${namesOf([first])}: ${why}`,
  );
}

/**
 * Has `work` sign those of the files that lack a good signature, after giving each its own file; resolves with their
 * number. The rejection is final if a file does not match its own checksums, or has a signature that this host's rpm
 * cannot remove; other failures are retryable.
 */
export async function signLacking(
  request: Request,
  key: Key,
  work: (lacking: Lacking) => Promise<void>,
): Promise<number> {
  const { flaws, statements } = await judge(request, key);
  const files = request.files.filter((file) => flaws.get(file) !== null);
  if (files.length === 0) return 0;
  refuseWhatStays(files, statements);
  await haveOwnFiles(files, request.signal);
  const signedOtherwise = files.filter((file) => isSigned(statements.get(file)));
  await signingOf({ ...request, files }, () => work({ files, signedOtherwise }));
  return files.length;
}

/**
 * Removes all signatures (docs/neighbours/signing.md#the-program-sign). Does not touch a file without any, because
 * rpmsign would change some of those too.
 */
export async function removeSignatures(request: PackageFiles): Promise<void> {
  if (request.files.length === 0) return;
  const statements = await statedSignatures(request);
  refuseWhatStays(request.files, statements);
  // If a file cannot be read, rpmsign says why.
  const files = request.files.filter((file) => statements.get(file) === null || isSigned(statements.get(file)));
  if (files.length === 0) return;
  const signed = { ...request, files };
  await haveOwnFiles(files, request.signal);
  for await (const { files: some, result } of runForPackages(signed, 'rpmsign', ['--delsign']))
    if (result.code !== 0) throw notSigned(result, some);
  // Its exit status does not prove that it removed the signatures.
  const left = await statedSignatures(signed);
  const still = files.filter((file) => isSigned(left.get(file)));
  if (still.length > 0)
    throw new PortFailure('SigningFailed', `rpmsign --delsign left signatures in ${namesOf(still)}`);
}

async function judge(
  request: Request,
  key: Key,
): Promise<{
  readonly flaws: ReadonlyMap<string, Flaw>;
  readonly statements: ReadonlyMap<string, Statement | null>;
}> {
  const ring = await keyring(request, key.armored);
  const statements = await statedSignatures(request);
  const flaws = new Map<string, Flaw>();
  for (const file of request.files) flaws.set(file, flawOf(statements.get(file) ?? null, key.keyIds, request.digest));
  const claiming = request.files.filter((file) => flaws.get(file) === null);
  const bad = claiming.length === 0 ? [] : await badFiles({ ...request, files: claiming }, key.armored, ring);
  for (const file of bad) flaws.set(file, { by: 'rpm' });
  return { flaws, statements };
}

function flawOf(stated: Statement | null, keyIds: readonly string[], digest: Digest): Flaw {
  if (stated === null) return { by: 'its header', why: 'rpm cannot read it' };
  if (stated.hasUnseen)
    return {
      by: 'its header',
      why: 'it carries a signature of rpm 6 (tag OPENPGP), which the rpm of this host does not read',
    };
  if (stated.signatures.length === 0) return { by: 'its header', why: 'it is not signed' };
  const other = stated.signatures.find((one) => !keyIds.includes(one.keyId) || one.digest !== digest);
  if (other === undefined) return null;
  return {
    by: 'its header',
    why: `it is signed with ${other.digest || 'an unknown digest'} by key ${other.keyId || 'of an unknown id'}`,
  };
}

function isSigned(stated: Statement | null | undefined): boolean {
  return (stated?.signatures.length ?? 0) > 0;
}

/** An rpm before version 6 claims that it signed or unsigned a package, but leaves the signature of rpm 6 in it. */
function refuseWhatStays(files: readonly string[], statements: ReadonlyMap<string, Statement | null>): void {
  const staying = files.filter((file) => statements.get(file)?.hasUnseen === true);
  if (staying.length === 0) return;
  throw new PortFailure(
    'SigningFailed',
    `signed by rpm 6 (tag OPENPGP), and the rpm of this host, which is older, cannot take that away: ${namesOf(staying)}; ` +
      'sign on a host with rpm 6, or build packages without a signature',
  );
}

/** Errors caused by a path or its owner, in strerror's words; a full or broken disk is retried as everywhere. */
const FORBIDDEN = /Permission denied|Operation not permitted|File name too long|Is a directory|Not a directory/;

/**
 * Why a program did not sign, or unsign, these files. An error caused by a path is final, because retrying cannot help;
 * any other may succeed later.
 */
export function notSigned(result: CommandResult, files: readonly string[], whose = ''): PortFailure {
  const lines = result.stderr.split('\n').filter((line) => FORBIDDEN.test(line));
  const told = lines.find((line) => files.some((file) => line.includes(file)));
  if (told !== undefined) return new PortFailure('SigningFailed', `${whose}the signer cannot write there: ${told}`);
  // The cause is the agent, the network or a disk: signingOf looks for damaged packages.
  return new PortFailure('SigningFailed', `${whose}${result.summary}`, { retryable: true });
}

async function signingOf(request: PackageFiles, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    request.signal?.throwIfAborted();
    const damaged = await damagedFiles(request);
    if (damaged.length === 0) throw error;
    throw new PortFailure('SigningFailed', `not what their own checksums say: ${namesOf(damaged)}`, {
      cause: error,
    });
  }
}

async function damagedFiles(request: PackageFiles): Promise<readonly string[]> {
  const damaged: string[] = [];
  for await (const { files, result } of runForPackages(request, 'rpmkeys', ['--nosignature', '--checksig'])) {
    const good = new Set(result.stdout.split('\n'));
    damaged.push(...files.filter((file) => !good.has(`${file}: digests OK`)));
  }
  return damaged;
}

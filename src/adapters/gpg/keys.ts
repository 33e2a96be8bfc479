import path from 'node:path';
import type { ProjectId } from '../../contracts/names/ids.js';
import { keyIdentity } from '../../domain/signing/key-identity.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { CommandResult } from '../process/run-command.js';
import type { GnupgHome } from './gnupg-home.js';

export type ProjectKey = { readonly fingerprint: string };

type Lookup = {
  readonly home: GnupgHome;
  readonly userId: string;
  /** Where the lock of those lies who change the key ring. */
  readonly lockDirectory: string;
  readonly signal?: AbortSignal | undefined;
};

const UNATTENDED = ['--batch', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', ''];
const LIFETIME = '5y';

/** The project's user id in full: name and address (docs/neighbours/signing.md#key-names). */
export function userIdOf(project: ProjectId, signDomain: string): string {
  const { realName, email } = keyIdentity(project, signDomain);
  return `${realName} <${email}>`;
}

/**
 * The project's secret key; null if there is none. A revoked key does not count. gpg 2.2 replaces its key ring by two
 * renames, and between them there is none: a key that does not show is looked for again while nobody makes one.
 */
export async function findKey(lookup: Lookup): Promise<ProjectKey | null> {
  const args = ['--batch', '--with-colons', '--list-secret-keys', '--', `=${lookup.userId}`];
  const found = readKey(lookup, await lookup.home.run('gpg', args, options(lookup)));
  return found ?? readKey(lookup, await underLock(lookup, args));
}

function readKey({ userId }: Lookup, result: CommandResult): ProjectKey | null {
  if (result.code !== 0 && result.code !== 2) throw unavailable(result.summary);
  return parseSecretKeys(result.stdout, userId)[0] ?? null;
}

/** Runs gpg while no other gpg of ours changes the key ring, in this process or another. */
function underLock(lookup: Lookup, args: readonly string[]): Promise<CommandResult> {
  const lock = path.join(lookup.lockDirectory, 'keygen.lock');
  return lookup.home.run('flock', [lock, 'gpg', ...args], options(lookup));
}

/** Secret keys of a `--with-colons` listing that carry exactly this user id, usable ones first. */
export function parseSecretKeys(listing: string, userId: string): readonly ProjectKey[] {
  const keys: { fingerprint: string; validity: string; isOurs: boolean }[] = [];
  for (const line of listing.split('\n')) {
    const fields = line.split(':');
    const key = keys.at(-1);
    if (fields[0] === 'sec') keys.push({ fingerprint: '', validity: fields[1] ?? '', isOurs: false });
    else if (fields[0] === 'fpr' && key?.fingerprint === '') key.fingerprint = fields[9] ?? '';
    else if (fields[0] === 'uid' && key !== undefined && unescape(fields[9] ?? '') === userId) key.isOurs = true;
  }
  return keys
    .filter((key) => key.isOurs && key.fingerprint !== '' && !['r', 'd', 'i'].includes(key.validity))
    .sort((one, other) => Number(one.validity === 'e') - Number(other.validity === 'e'))
    .map(({ fingerprint }) => ({ fingerprint }));
}

/** gpg writes a colon in a field as `\x3a`. */
function unescape(field: string): string {
  return field.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/**
 * Creates the key. If two callers race, in this process or another, a kernel lock lets one at a time run gpg, and gpg
 * itself refuses a user id that already has a key.
 */
export async function makeKey(lookup: Lookup): Promise<void> {
  const args = [...UNATTENDED, '--quick-generate-key', lookup.userId, 'rsa2048', 'sign', LIFETIME];
  const result = await underLock(lookup, args);
  if (result.code === 0 || (await findKey(lookup)) !== null) return;
  throw unavailable(result.summary);
}

/** Extends the term of an expired key and its subkeys, so that packages with their signatures stay valid. */
export async function prolongKey(lookup: Lookup, key: ProjectKey, subkeys: readonly string[]): Promise<void> {
  // Each is named: for gpg `*` means only subkeys that have not expired.
  for (const names of [[], ...subkeys.map((subkey) => [subkey])]) {
    const args = [...UNATTENDED, '--quick-set-expire', key.fingerprint, LIFETIME, ...names];
    const result = await underLock(lookup, args);
    if (result.code !== 0) throw unavailable(result.summary);
  }
}

/** Armored public key. */
export async function exportKey(lookup: Lookup, key: ProjectKey): Promise<string> {
  const args = ['--batch', '--armor', '--export-options', 'export-minimal', '--export', key.fingerprint];
  const result = await lookup.home.run('gpg', args, options(lookup));
  if (result.code !== 0 || !result.stdout.includes('BEGIN PGP PUBLIC KEY BLOCK')) throw unavailable(result.summary);
  return result.stdout;
}

function options(lookup: Lookup): { readonly signal?: AbortSignal } {
  return lookup.signal === undefined ? {} : { signal: lookup.signal };
}

function unavailable(summary: string): PortFailure {
  return new PortFailure('SignerUnavailable', `gpg refused: ${summary}`);
}

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { GnupgHome } from './gnupg-home.js';

/** An armored public key, and what of it counts for signatures: one notion of a project's key, for every signer. */
export type PublicKey = {
  readonly armored: string;
  /** Long ids of the primary key and of what signs for it, in lower case: a signature by any of them is the key's. */
  readonly keyIds: readonly string[];
  /** When its term ended, or that of the last of its subkeys that signed for it; null while something of it can sign. */
  readonly expiredAt: Date | null;
  /** Fingerprints of the subkeys that sign for it and whose term is over. */
  readonly expiredSubkeys: readonly string[];
  /** False where nothing of it could sign, however long its term: certifying alone is left of it, or it was revoked. */
  readonly isForSigning: boolean;
};

type Options = { readonly home: GnupgHome; readonly signal?: AbortSignal | undefined };
/** The primary key or a subkey, as gpg lists it. */
type Part = {
  readonly keyId: string;
  readonly fingerprint: string;
  readonly signs: boolean;
  readonly isRevoked: boolean;
  /** Seconds since the epoch; 0 for one whose term does not end. */
  readonly ends: number;
  readonly isOver: boolean;
};

/** Reads an armored key; null for a text that is none. */
export async function readPublicKey(armored: string, options: Options): Promise<PublicKey | null> {
  if (!armored.includes('BEGIN PGP PUBLIC KEY BLOCK')) return null;
  const args = ['--batch', '--no-tty', '--with-colons', '--show-keys'];
  const shown = await options.home.run('gpg', args, { ...signalOf(options), input: armored });
  return shown.code === 0 ? keyOfListing(armored, shown.stdout) : null;
}

/** A key by what gpg lists of it (`--with-colons`); null where that is none. */
export function keyOfListing(armored: string, listing: string): PublicKey | null {
  const [primary, ...subkeys] = partsOf(listing);
  if (primary === undefined) return null;
  const signing = subkeys.filter(({ signs }) => signs);
  const able = [primary, ...signing].filter(({ signs, isRevoked }) => signs && !isRevoked);
  const over = primary.isOver ? [primary] : able.every(({ isOver }) => isOver) ? able : [];
  return {
    armored,
    keyIds: [primary, ...signing].map(({ keyId }) => keyId.toLowerCase()),
    expiredAt: over.length === 0 ? null : new Date(Math.max(...over.map(({ ends }) => ends)) * 1000),
    expiredSubkeys: signing.filter(({ isOver, isRevoked }) => isOver && !isRevoked).map((part) => part.fingerprint),
    isForSigning: able.length > 0 && !primary.isRevoked,
  };
}

function partsOf(listing: string): readonly Part[] {
  const parts: Part[] = [];
  let open = false;
  for (const fields of listing.split('\n').map((line) => line.split(':'))) {
    const [type, validity = '', , , keyId = '', , end = ''] = fields;
    const last = parts.at(-1);
    if (type === 'pub' || type === 'sub') {
      const ends = Number(end);
      const isOver = validity === 'e' || (ends > 0 && ends * 1000 <= Date.now());
      const signs = (fields[11] ?? '').includes('s');
      parts.push({ keyId, fingerprint: '', signs, isRevoked: validity === 'r', ends, isOver });
      open = true;
    } else if (type === 'fpr' && open && last !== undefined) {
      parts[parts.length - 1] = { ...last, fingerprint: fields[9] ?? '' };
      open = false;
    }
  }
  return parts;
}

/** The refusal of a key that nothing can be signed with, now or ever; null for one that signs. */
export function flawOfKey(user: string, key: PublicKey): PortFailure | null {
  if (!key.isForSigning)
    return new PortFailure(
      'SigningFailed',
      `nothing of the key of ${user} can sign: it was revoked, or only certifies`,
    );
  if (key.expiredAt === null) return null;
  const day = key.expiredAt.toISOString().slice(0, 10);
  return new PortFailure('SigningKeyExpired', `the key of ${user} expired on ${day}`);
}

/** True for a good detached signature of the file by this key; the key is trusted for this question alone. */
export async function isSignedBy(file: string, signature: string, key: PublicKey, options: Options): Promise<boolean> {
  return options.home.withScratch(async (scratch) => {
    const [keyFile, signatureFile] = [path.join(scratch, 'key.asc'), path.join(scratch, 'signature.asc')];
    await writeFile(keyFile, key.armored);
    await writeFile(signatureFile, signature);
    const ring = ['--batch', '--no-tty', '--no-default-keyring', '--keyring', path.join(scratch, 'ring.kbx')];
    const trust = [...ring, '--trust-model', 'always'];
    const imported = await options.home.run('gpg', [...trust, '--import', keyFile], signalOf(options));
    if (imported.code !== 0)
      throw new PortFailure('SignerUnavailable', `gpg did not take the key: ${imported.summary}`);
    const args = [...trust, '--verify', signatureFile, file];
    return (await options.home.run('gpg', args, signalOf(options))).code === 0;
  });
}

function signalOf({ signal }: Options): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

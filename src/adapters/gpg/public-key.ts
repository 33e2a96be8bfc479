import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { GnupgHome } from './gnupg-home.js';

/** An armored public key and its facts about signing, the same for every signer. */
export type PublicKey = {
  readonly armored: string;
  /**
   * Long ids of the primary key and its signing subkeys, in lower case: a signature by any of them counts as the key's.
   */
  readonly keyIds: readonly string[];
  /** When the key expired, or the last of its signing subkeys; null while any part can sign. */
  readonly expiredAt: Date | null;
  /** When it can sign no more, or since when; null: it never ends. */
  readonly endsAt: Date | null;
  /** Fingerprints of its expired signing subkeys. */
  readonly expiredSubkeys: readonly string[];
  /** False if no part could sign even with a longer term: it can only certify, or it was revoked. */
  readonly isForSigning: boolean;
};

type Options = { readonly home: GnupgHome; readonly signal?: AbortSignal | undefined };
/** The primary key or a subkey, as gpg lists it. */
type Part = {
  readonly keyId: string;
  readonly fingerprint: string;
  readonly signs: boolean;
  readonly isRevoked: boolean;
  /** Seconds since the epoch; 0: never expires. */
  readonly ends: number;
  readonly isOver: boolean;
};

/** Reads an armored key; null if the text is not one. */
export async function readPublicKey(armored: string, options: Options): Promise<PublicKey | null> {
  if (!armored.includes('BEGIN PGP PUBLIC KEY BLOCK')) return null;
  const args = ['--batch', '--no-tty', '--with-colons', '--show-keys'];
  const shown = await options.home.run('gpg', args, { ...signalOf(options), input: armored });
  return shown.code === 0 ? keyOfListing(armored, shown.stdout) : null;
}

/** Makes a key from gpg's listing (`--with-colons`); null if the listing has none. */
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
    endsAt: endOf(primary, able),
    expiredSubkeys: signing.filter(({ isOver, isRevoked }) => isOver && !isRevoked).map((part) => part.fingerprint),
    isForSigning: able.length > 0 && !primary.isRevoked,
  };
}

/** The primary key's end, or the last end of the parts that sign if that is earlier. */
function endOf(primary: Part, able: readonly Part[]): Date | null {
  const never = (ends: number): number => (ends === 0 ? Number.POSITIVE_INFINITY : ends);
  const ends = Math.min(never(primary.ends), Math.max(0, ...able.map((part) => never(part.ends))));
  return Number.isFinite(ends) ? new Date(ends * 1000) : null;
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

/** The failure for a key that cannot sign now, or never can; null for one that can sign. */
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

/** True for a good detached signature of the file by this key; the key is trusted only for this check. */
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

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openGnupgHome, type GnupgHome } from '../../src/adapters/gpg/gnupg-home.js';
import { signDigest } from './agent.js';
import type { HashName, Issuer } from './packets.js';

export type RingKey = { readonly fingerprint: Buffer; readonly keygrip: string; readonly isExpired: boolean };

/** The keys of a signd: a GnuPG home with unprotected RSA keys, and a marker file for each known user. */
export type KeyRing = {
  readonly home: GnupgHome;
  /** True if there is a marker; without one, a signd does not know the user. */
  readonly knows: (user: string) => boolean;
  /** The user's secret key; null if there is none. */
  readonly find: (user: string) => Promise<RingKey | null>;
  readonly armored: (key: RingKey) => Promise<string>;
  readonly sign: (key: RingKey, request: { readonly hash: HashName; readonly digest: Buffer }) => Promise<Buffer>;
  readonly close: () => Promise<void>;
};

/** RSA in OpenPGP. */
const RSA = 1;

export function issuerOf(key: RingKey, hash: HashName): Issuer {
  return { fingerprint: key.fingerprint, algorithm: RSA, hash };
}

/** Opens the keys that a signd and a keygen share. */
export function openKeyRing(place: { readonly gnupgHome: string; readonly phrases: string }): KeyRing {
  const home = openGnupgHome(place.gnupgHome);
  let socket: Promise<string> | null = null;

  async function agentSocket(): Promise<string> {
    await home.run('gpgconf', ['--launch', 'gpg-agent']);
    return (await home.run('gpgconf', ['--list-dirs', 'agent-socket'])).stdout.trim();
  }

  return {
    home,
    knows: (user) => existsSync(join(place.phrases, user)),
    find: async (user) => {
      const args = ['--batch', '--with-colons', '--with-keygrip', '--list-secret-keys', '--', `<${user}>`];
      const { stdout } = await home.run('gpg', args);
      const parts = partsOf(stdout);
      const [primary] = parts;
      if (primary === undefined) return null;
      // Like gpg, chooses the newest key that signs. If none may sign any more, the primary key gives the reason.
      const able = parts.filter(({ signs, validity }) => signs && !['e', 'r'].includes(validity));
      const chosen = able.at(-1) ?? primary;
      const isExpired = primary.validity === 'e' || able.length === 0;
      return { fingerprint: Buffer.from(chosen.fingerprint, 'hex'), keygrip: chosen.keygrip, isExpired };
    },
    armored: async (key) => {
      const fingerprint = key.fingerprint.toString('hex');
      return (await home.run('gpg', ['--batch', '--armor', '--export', fingerprint])).stdout;
    },
    sign: async (key, request) => {
      socket ??= agentSocket();
      try {
        return await signDigest(await socket, { keygrip: key.keygrip, ...request });
      } catch (error) {
        socket = null; // an agent that has ended is started again
        throw error;
      }
    },
    close: () => home.close(),
  };
}

type KeyPart = { readonly validity: string; readonly signs: boolean; fingerprint: string; keygrip: string };

/** The first key of a `--with-colons --with-keygrip` listing: its primary key, then its subkeys. */
function partsOf(listing: string): readonly KeyPart[] {
  const parts: KeyPart[] = [];
  for (const fields of listing.split('\n').map((line) => line.split(':'))) {
    const [type, validity = ''] = fields;
    const part = parts.at(-1);
    if (type === 'sec' && part !== undefined) break;
    if (type === 'sec' || type === 'ssb')
      parts.push({ validity, signs: (fields[11] ?? '').includes('s'), fingerprint: '', keygrip: '' });
    else if (type === 'fpr' && part !== undefined) part.fingerprint = fields[9] ?? '';
    else if (type === 'grp' && part !== undefined) part.keygrip = fields[9] ?? '';
  }
  return parts;
}

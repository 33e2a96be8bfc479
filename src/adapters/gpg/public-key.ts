import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { GnupgHome } from './gnupg-home.js';

/** An armored public key, and what of it counts for signatures. */
export type PublicKey = {
  readonly armored: string;
  /** Long ids of the primary key and of what signs for it, in lower case. */
  readonly keyIds: readonly string[];
  /** When its term ended; null while it can sign. */
  readonly expiredAt: Date | null;
};

type Options = { readonly home: GnupgHome; readonly signal?: AbortSignal | undefined };

/** Reads an armored key; null for a text that is none. */
export async function readPublicKey(armored: string, options: Options): Promise<PublicKey | null> {
  if (!armored.includes('BEGIN PGP PUBLIC KEY BLOCK')) return null;
  const args = ['--batch', '--no-tty', '--with-colons', '--show-keys'];
  const shown = await options.home.run('gpg', args, { ...signalOf(options), input: armored });
  const records = shown.stdout.split('\n').map((line) => line.split(':'));
  const primary = records.find(([type]) => type === 'pub');
  if (shown.code !== 0 || primary === undefined) return null;
  const signing = records.filter(([type, , , , , , , , , , , uses]) => type === 'sub' && uses?.includes('s') === true);
  const ends = Number(primary[6] ?? '');
  const isOver = primary[1] === 'e' || (ends > 0 && ends * 1000 <= Date.now());
  return {
    armored,
    keyIds: [primary, ...signing].map((record) => (record[4] ?? '').toLowerCase()),
    expiredAt: isOver ? new Date(ends * 1000) : null,
  };
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
      throw new PortFailure('SignerUnavailable', `gpg did not take the key: ${imported.summary}`, { retryable: true });
    const args = [...trust, '--verify', signatureFile, file];
    return (await options.home.run('gpg', args, signalOf(options))).code === 0;
  });
}

function signalOf({ signal }: Options): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ShownKeys } from '../../ports/maintenance/reconciliation.js';
import { orNull } from '../files/storage-failure.js';
import { createTreePaths } from '../file-tree/paths.js';
import { openGnupgHome } from './gnupg-home.js';
import { readPublicKey } from './public-key.js';

/** The `pubkey.gpg` of projects; `home` is a GnuPG home without keys. */
export function createShownKeys(deps: {
  readonly destdir: string;
  readonly home: string;
}): ShownKeys & { readonly close: () => Promise<void> } {
  const paths = createTreePaths(deps.destdir);
  const home = openGnupgHome(deps.home);
  return {
    look: async (directory) => {
      const file = path.join(paths.project(directory), 'pubkey.gpg');
      const armored = await paths.within(`${file} cannot be read`, () => orNull(readFile(file, 'utf8')));
      if (armored === null) return { state: 'missing' };
      const key = await readPublicKey(armored, { home });
      return key === null ? { state: 'unreadable' } : { state: 'shown', endsAt: key.endsAt };
    },
    close: home.close,
  };
}

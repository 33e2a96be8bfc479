import { mkdir } from 'node:fs/promises';
import { accessSync, constants } from 'node:fs';
import type { Config } from '../config/schema.js';

/** Why a worker does not start; the message says what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/**
 * What must hold before a worker takes work: not the superuser (results must not belong to root, and a hostile build's
 * output is handled here), a signer that is there, directories that can be written.
 */
export async function checkStart(input: { readonly config: Config; readonly allowRoot: boolean }): Promise<void> {
  const { config, allowRoot } = input;
  if (process.getuid?.() === 0 && !allowRoot) {
    throw new StartRefused(
      'workers do not run as root: start them as the user that owns the results (or --allow-root)',
    );
  }
  if (config.doSign && config.signer !== 'gpg') {
    throw new StartRefused(
      `do_sign is on, but the signer "${config.signer}" is not part of this release: set signer = gpg, or do_sign = false`,
    );
  }
  for (const [key, directory] of [
    ['destdir', config.destdir],
    ['state_dir', config.stateDir],
  ] as const) {
    try {
      await mkdir(directory, { recursive: true });
      accessSync(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new StartRefused(`${key} ${directory} cannot be written by this user: ${why}`, { cause: error });
    }
  }
}

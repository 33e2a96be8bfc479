import { accessSync, constants, existsSync } from 'node:fs';
import { makeDirectories } from '../adapters/files/make-directories.js';
import { withStorage } from '../adapters/files/storage-failure.js';
import type { Config } from '../config/schema.js';
import { ROLE_QUEUES, type Role } from '../domain/service/roles.js';

/** Why a worker does not start; the message says what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/**
 * Conditions for a worker to take work: it is not the superuser (results must not belong to root, and a hostile build's
 * output is handled here), the signer exists, directories are writable. `state_dir` is created; `destdir` is not: if
 * the results are not mounted yet, the new directory would be filled in their place.
 */
export async function checkStart(input: {
  readonly role: Role;
  readonly config: Config;
  readonly allowRoot: boolean;
}): Promise<void> {
  const { role, config, allowRoot } = input;
  if (process.getuid?.() === 0 && !allowRoot) {
    throw new StartRefused(
      'workers do not run as root: start them as the user that owns the results (or --allow-root)',
    );
  }
  const signs = (ROLE_QUEUES[role] as readonly string[]).includes('sign');
  if (signs && config.doSign && config.signer === 'obs-sign') requireSignCommand(config.signCommand);
  for (const [key, directory] of [
    ['destdir', config.destdir],
    ['state_dir', config.stateDir],
  ] as const) {
    if (key === 'destdir' && !existsSync(directory))
      throw new StartRefused(
        `destdir ${directory} does not exist: mount the file system of the results there, or make the directory if it is new`,
      );
    try {
      await withStorage(`${key} ${directory} cannot be written`, async () => {
        await makeDirectories(directory, { mode: 0o755 });
        accessSync(directory, constants.W_OK | constants.X_OK);
      });
    } catch (error) {
      throw new StartRefused(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

function requireSignCommand(program: string): void {
  try {
    accessSync(program, constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartRefused(
      `sign_command ${program} cannot be run by this user: ${why}; install obs-sign (obs-signd) and put this user into its group, or set signer = gpg`,
      { cause: error },
    );
  }
}

import { statSync } from 'node:fs';
import { CommandError, EXIT_STATUS } from '../exit-status.js';

/** The option with which root confirms that it is meant. */
export const ALLOW_ROOT = ['--allow-root', 'run as uid 0 (for the playground; never for a service)'] as const;

/**
 * Ends the command for everybody but the owner of the results (`copr`): written files must belong to that user, and
 * nobody else may remove files. Root has to confirm with an option, as for a worker.
 */
export function requireServiceUser(destdir: string, options: { readonly allowRoot?: boolean }): void {
  const uid = process.getuid?.();
  if (uid === 0) {
    if (options.allowRoot === true) return;
    throw new CommandError(EXIT_STATUS.failed, `do not run it as root, but as the user copr (or with --allow-root)`);
  }
  let owner: number;
  try {
    owner = statSync(destdir).uid;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT_STATUS.configuration, `destdir ${destdir} cannot be read: ${why}`, { cause: error });
  }
  if (uid !== owner)
    throw new CommandError(EXIT_STATUS.failed, `run it as the user copr, to whom ${destdir} belongs (uid ${owner})`);
}

import { statSync } from 'node:fs';
import { CommandError, EXIT_STATUS } from '../exit-status.js';

/**
 * Ends the command for everybody but the user that the results belong to (`copr`): what is written here must be theirs,
 * and nobody else may remove from it. Root needs to say that it means it, as a worker does.
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

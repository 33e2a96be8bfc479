import { isSafeName } from '../domain/names/safe-name.js';
import { CommandError, EXIT_STATUS } from './exit-status.js';

/** A project's directory, and a chroot of it, as people name them. */
export type ProjectArgument<C extends string | null> = {
  readonly owner: string;
  readonly dirname: string;
  readonly chroot: C;
};

/** Reads OWNER/PROJECT and the name of a chroot (null: none is given). Throws wrong usage for anything else. */
export function parseProject<C extends string | null>(project: string, chroot: C): ProjectArgument<C> {
  const [owner, dirname, ...more] = project.split('/');
  const names = [owner ?? '', dirname ?? '', ...(chroot === null ? [] : [chroot])];
  if (owner === undefined || dirname === undefined || more.length > 0 || !names.every(isSafeName)) {
    const what =
      chroot === null
        ? `'${project}' is not an OWNER/PROJECT`
        : `'${project}' and '${chroot}' are not an OWNER/PROJECT and a CHROOT`;
    throw new CommandError(EXIT_STATUS.usage, what);
  }
  return { owner, dirname, chroot };
}

import { parseTaskReference, type TaskReference } from '../../starters/task-reference.js';
import { CommandError, EXIT_STATUS } from '../exit-status.js';

/** The task that a command's argument names; a wrong one ends the command. */
export function requireTaskReference(text: string): TaskReference {
  const reference = parseTaskReference(text);
  if (reference !== null) return reference;
  throw new CommandError(
    EXIT_STATUS.usage,
    `'${text}' names no task: give a source build (5), a build in a chroot (5-fedora-42-x86_64) or an action (action/7)`,
  );
}

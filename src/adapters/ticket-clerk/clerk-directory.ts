import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';

/** The files of a host's ticket clerk: below `state_dir`, on this host's own disk. */
export type ClerkDirectory = {
  readonly path: string;
  /** Locked (in the kernel) by the running clerk. */
  readonly lockFile: string;
  readonly notesFile: string;
  /** Ids that may be open without an owner; for `copr-backend status`. */
  readonly suspectsFile: string;
  /** Output of clerks that were started by workers. */
  readonly logFile: string;
};

/** Names the files; creates nothing. */
export function clerkDirectory(stateDir: string): ClerkDirectory {
  const directory = path.join(stateDir, 'tickets');
  return {
    path: directory,
    lockFile: path.join(directory, 'clerk.lock'),
    notesFile: path.join(directory, 'notes.jsonl'),
    suspectsFile: path.join(directory, 'suspects.json'),
    logFile: path.join(directory, 'clerk.log'),
  };
}

/** Creates the directory, accessible to its user only. Throws the system's error if that fails. */
export function makeClerkDirectory({ path: directory }: ClerkDirectory): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/**
 * An address of the clerk's socket that is short enough for any path (socket addresses are limited to 108 bytes): it
 * goes through the opened directory. Valid until `close`.
 */
export function openSocketAddress(directory: ClerkDirectory): { readonly address: string; readonly close: () => void } {
  const fd = openSync(directory.path, constants.O_RDONLY | constants.O_DIRECTORY);
  return { address: `/proc/self/fd/${fd}/clerk.sock`, close: () => closeSync(fd) };
}

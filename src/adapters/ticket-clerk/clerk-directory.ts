import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';

/** Where a host's ticket clerk has its files: below `state_dir`, on this host's own disk. */
export type ClerkDirectory = {
  readonly path: string;
  /** Held by the kernel for the one clerk that lives. */
  readonly lockFile: string;
  readonly notesFile: string;
  /** Ids that may be open without an owner; for `copr-backend status`. */
  readonly suspectsFile: string;
  /** What clerks said that were started by workers. */
  readonly logFile: string;
};

/** Names the files; makes nothing. */
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

/** Makes the directory, for its user alone. Throws the system's error where that cannot be. */
export function makeClerkDirectory({ path: directory }: ClerkDirectory): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
}

/**
 * An address of the clerk's socket that is short enough at any path (sockets' addresses end at 108 bytes): by way of the
 * opened directory. It holds until `close`.
 */
export function openSocketAddress(directory: ClerkDirectory): { readonly address: string; readonly close: () => void } {
  const fd = openSync(directory.path, constants.O_RDONLY | constants.O_DIRECTORY);
  return { address: `/proc/self/fd/${fd}/clerk.sock`, close: () => closeSync(fd) };
}

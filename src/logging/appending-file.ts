import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export type AppendingFile = {
  /**
   * Appends whole lines; returns the error if it cannot, because a log must not make the work fail that it describes.
   */
  readonly append: (lines: string) => Error | null;
  readonly close: () => void;
};

type OpenFile = { readonly fd: number; readonly dev: number; readonly ino: number };

/** Maximum age of what is known about the file: rotated, missing, not writable. */
const LOOK_MS = 1000;
/** A pipe that nobody reads must not block the worker; the flag has no effect on files. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * A file that may be rotated at any time. Truncated (copytruncate): each write goes to the current end. Renamed:
 * noticed within a second, then a new file is made. Several processes may append to the same file.
 */
export function createAppendingFile(path: string, now: () => number = () => performance.now()): AppendingFile {
  let open: OpenFile | null = null;
  let failure: Error | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let isCut = false;

  function look(): void {
    if (now() - lookedAt < LOOK_MS) return;
    lookedAt = now();
    try {
      if (open !== null && !isStillThere(open, path)) close();
      open ??= openToAppend(path);
      failure = null;
    } catch (error) {
      failure = asError(error);
    }
  }

  function close(): void {
    if (open === null) return;
    const { fd } = open;
    open = null;
    closeSync(fd);
  }

  return {
    append: (lines) => {
      look();
      if (open === null) return failure;
      try {
        const bytes = Buffer.from(isCut ? `\n${lines}` : lines);
        isCut = writeSync(open.fd, bytes) < bytes.length;
        return isCut ? new Error('only a part of a line could be written') : null;
      } catch (error) {
        return asError(error);
      }
    },
    close,
  };
}

function openToAppend(path: string): OpenFile {
  const fd = openSync(path, FLAGS, 0o640);
  const { dev, ino } = fstatSync(fd);
  return { fd, dev, ino };
}

function isStillThere({ dev, ino }: OpenFile, path: string): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now?.dev === dev && now.ino === ino;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

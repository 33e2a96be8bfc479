import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cutLine, cutLineLength } from '../../domain/build/cut-log.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { LiveLog } from '../../ports/build/live-logs.js';
import { closing, writeFileAtomic } from '../files/atomic-file.js';
import { FOLLOWER, LIVE_LOG } from '../file-tree/own-names.js';
import { orNull, withStorage } from '../files/storage-failure.js';

const { O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;

/**
 * How long a follower may write without checking that it is still the current one. Two followers write the same bytes
 * meanwhile.
 */
const LOOK_EVERY_MS = 200;
/** More than the length of the line about a cut log. */
const TAIL_BYTES = 512;

/** Adds a divider line after an earlier attempt's part; returns where the next part begins. Safe to repeat. */
export async function beginPart(directory: string, divider: string): Promise<number> {
  const handle = await openLog(directory);
  return closing(handle, async () => {
    const { size } = await handle.stat();
    if (size === 0) return 0;
    const line = Buffer.from(`${divider}\n`);
    if (await endsWith(handle, size, Buffer.concat([Buffer.from('\n'), line]))) return size;
    const ended = await endsWith(handle, size, Buffer.from('\n'));
    return size + (await writeAll(handle, ended ? line : Buffer.concat([Buffer.from('\n'), line]), size));
  });
}

export type FollowOptions = {
  /** Where this part begins. */
  readonly base: number;
  /** Largest size of the file, all parts together, without the line that says that it was cut. */
  readonly maxBytes: number;
  readonly clock: () => number;
  /** Rejects if the directory is gone because an action removed it. */
  readonly refuseDeleted: () => Promise<void>;
};

/** Opens the log for one follower, which from now on is the only one that may write. */
export async function follow(
  directory: string,
  { base, maxBytes, clock, refuseDeleted }: FollowOptions,
): Promise<LiveLog> {
  const token = randomBytes(16).toString('hex');
  const tokenFile = path.join(directory, FOLLOWER);
  await writeFileAtomic(tokenFile, token);
  const handle = await openLog(directory);
  const { size } = await handle.stat();
  const cutLength = size > base ? cutLineLength((await tailOf(handle, size, TAIL_BYTES)).toString('latin1')) : 0;
  let isCut = cutLength > 0;
  // The line about a cut is not part of the builder's log.
  let end = size - cutLength;
  let looked = Number.NEGATIVE_INFINITY;
  let closed = false;

  async function insistOnToken(): Promise<void> {
    if (clock() - looked < LOOK_EVERY_MS) return;
    const found = await orNull(readFile(tokenFile, 'utf8'));
    if (found === null) await refuseDeleted();
    if (found !== token) throw new PortFailure('LogBroken', 'another follower took over the live log');
    looked = clock();
  }

  return {
    get size() {
      return Math.max(0, end - base);
    },
    get isCut() {
      return isCut;
    },
    write: (offset, bytes) =>
      withStorage(`${directory}: the live log cannot be written`, async () => {
        const position = base + offset;
        // The follower starts over, with the offset that this file needs.
        if (offset < 0 || position > end)
          throw new PortFailure('LogBroken', `the live log ends at ${end - base}, before the offset ${offset}`, {
            retryable: true,
          });
        if (isCut) return;
        await insistOnToken();
        const fitting = bytes.subarray(0, Math.max(0, maxBytes - position));
        await writeAll(handle, fitting, position);
        end = Math.max(end, position + fitting.length);
        if (fitting.length === bytes.length) return;
        await writeAll(handle, Buffer.from(cutLine(maxBytes)), end);
        isCut = true;
      }),
    close: async () => {
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}

/** The last bytes of the log as text, at most `bytes`; empty if there is no log. */
export async function tailOfLog(directory: string, bytes: number): Promise<string> {
  const handle = await orNull(open(path.join(directory, LIVE_LOG), O_RDONLY | O_NOFOLLOW));
  if (handle === null) return '';
  return closing(handle, async () => (await tailOf(handle, (await handle.stat()).size, bytes)).toString('utf8'));
}

function openLog(directory: string): Promise<FileHandle> {
  return open(path.join(directory, LIVE_LOG), O_RDWR | O_CREAT | O_NOFOLLOW, 0o644);
}

async function endsWith(handle: FileHandle, size: number, tail: Buffer): Promise<boolean> {
  return size >= tail.length && (await tailOf(handle, size, tail.length)).equals(tail);
}

/** The last bytes of a file of this size, at most `length`. */
async function tailOf(handle: FileHandle, size: number, length: number): Promise<Buffer> {
  const wanted = Math.min(size, length);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(wanted), 0, wanted, size - wanted);
  return buffer.subarray(0, bytesRead);
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let written = 0;
  while (written < bytes.length) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
  return written;
}

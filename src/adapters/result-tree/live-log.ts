import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { LiveLog } from '../../ports/result-tree.js';
import { closing, writeFileAtomic } from './atomic-file.js';
import { FOLLOWER, LIVE_LOG } from './own-names.js';
import { orNull, withStorage } from './storage-failure.js';

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

/** How long a follower may write without looking whether it is still the one. Two write the same bytes meanwhile. */
const LOOK_EVERY_MS = 200;

/** Ends what an earlier attempt wrote with a divider line; returns where the next part begins. Safe to repeat. */
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

/** Opens the log for one follower, which from now on is the only one that may write. */
export async function follow(directory: string, base: number, clock: () => number): Promise<LiveLog> {
  const token = randomBytes(16).toString('hex');
  const tokenFile = path.join(directory, FOLLOWER);
  await writeFileAtomic(tokenFile, token);
  const handle = await openLog(directory);
  let end = (await handle.stat()).size;
  let looked = Number.NEGATIVE_INFINITY;
  let closed = false;

  async function insistOnToken(): Promise<void> {
    if (clock() - looked < LOOK_EVERY_MS) return;
    if ((await orNull(readFile(tokenFile, 'utf8'))) !== token)
      throw new PortFailure('LogBroken', 'another follower took over the live log', { retryable: false });
    looked = clock();
  }

  return {
    size: Math.max(0, end - base),
    write: (offset, bytes) =>
      withStorage(`${directory}: the live log cannot be written`, async () => {
        const position = base + offset;
        if (offset < 0 || position > end)
          throw new PortFailure('LogBroken', `the live log ends at ${end - base}, before the offset ${offset}`, {
            retryable: true,
          });
        await insistOnToken();
        await writeAll(handle, bytes, position);
        end = Math.max(end, position + bytes.length);
      }),
    close: async () => {
      if (closed) return;
      closed = true;
      await handle.close();
    },
  };
}

function openLog(directory: string): Promise<FileHandle> {
  return open(path.join(directory, LIVE_LOG), O_RDWR | O_CREAT | O_NOFOLLOW, 0o644);
}

async function endsWith(handle: FileHandle, size: number, tail: Buffer): Promise<boolean> {
  if (size < tail.length) return false;
  const { buffer } = await handle.read(Buffer.alloc(tail.length), 0, tail.length, size - tail.length);
  return buffer.equals(tail);
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let written = 0;
  while (written < bytes.length) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
  return written;
}

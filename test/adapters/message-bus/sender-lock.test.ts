import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { acquireSenderLock } from '../../../src/adapters/message-bus/sender-lock.js';
import { givenDirectory } from '../../support/given-directory.js';

const HOLDER = fileURLToPath(new URL('../../fixtures/message-bus/hold-sender-lock.ts', import.meta.url));
const never = new AbortController().signal;

describe('acquireSenderLock', () => {
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    home = await givenDirectory();
  });
  afterEach(() => home.remove());

  it('is had by one at a time, and by the next when the first lets go', async () => {
    const first = await acquireSenderLock(home.path, never);
    assert.ok(first !== null);
    let had = false;
    const second = acquireSenderLock(home.path, never).then((lock) => {
      had = true;
      return lock;
    });
    // Another one that gives up in front of it shows that the lock is held.
    const stop = new AbortController();
    const third = acquireSenderLock(home.path, stop.signal);
    stop.abort();
    assert.equal(await third, null);
    assert.equal(had, false);
    await first.release();
    assert.equal(first.lost.aborted, true);
    await (await second)?.release();
  });

  it('is not taken by one who is told to stop before', async () => {
    assert.equal(await acquireSenderLock(home.path, AbortSignal.abort()), null);
  });

  it('comes back from a process that was killed', async () => {
    const holder = spawn(process.execPath, ['--import', 'tsx', HOLDER, home.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const gone = once(holder, 'exit');
    const next = acquireSenderLock(home.path, never);
    holder.kill('SIGKILL');
    await gone;
    await (await next)?.release();
  });
});

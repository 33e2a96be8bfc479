import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../scripts/lock-directory.mjs';

describe('withLock', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'copr-lock-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('lets one in at a time and leaves nothing behind', async () => {
    const lock = join(directory, 'lock');
    let inside = 0;
    let most = 0;
    async function work(): Promise<void> {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(20);
      inside -= 1;
    }
    await Promise.all([withLock(lock, work), withLock(lock, work), withLock(lock, work)]);
    assert.equal(most, 1);
    assert.equal(existsSync(lock), false);
  });

  it('takes over from a holder that is dead', async () => {
    const lock = join(directory, 'lock');
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), '4194304'); // above the largest pid
    assert.equal(await withLock(lock, () => 'done'), 'done');
  });

  it('goes when the work fails', async () => {
    const lock = join(directory, 'lock');
    await assert.rejects(
      withLock(lock, () => {
        throw new Error('no');
      }),
    );
    assert.equal(existsSync(lock), false);
  });
});

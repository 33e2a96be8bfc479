import assert from 'node:assert/strict';
import { sharedLook } from '../../../src/activities/dispatch/shared-look.js';

/** Looks that end when they are told to. */
function heldLooks(): {
  readonly look: () => Promise<number>;
  readonly out: { readonly answer: () => void; readonly fail: (error: Error) => void }[];
} {
  const out: { answer: () => void; fail: (error: Error) => void }[] = [];
  const look = (): Promise<number> => {
    const number = out.length + 1;
    return new Promise((resolve, reject) => void out.push({ answer: () => resolve(number), fail: reject }));
  };
  return { look, out };
}

/** Lets everything happen that waits for nothing else. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('sharedLook', () => {
  it('answers a crowd with two looks, and nobody with one that began before he asked', async () => {
    const { look, out } = heldLooks();
    const ask = sharedLook(look);
    const first = ask();
    await settled();
    const crowd = Array.from({ length: 500 }, () => ask());
    await settled();
    assert.equal(out.length, 1, 'one is out at a time');
    out[0]?.answer();
    assert.equal(await first, 1);
    await settled();
    out[1]?.answer();
    assert.deepEqual([...new Set(await Promise.all(crowd))], [2]);
    assert.equal(out.length, 2);
  });

  it('goes on after a look that failed', async () => {
    const { look, out } = heldLooks();
    const ask = sharedLook(look);
    const first = ask();
    await settled();
    const second = ask();
    out[0]?.fail(new Error('down'));
    await assert.rejects(first, /down/);
    await settled();
    out[1]?.answer();
    assert.equal(await second, 2);
  });
});

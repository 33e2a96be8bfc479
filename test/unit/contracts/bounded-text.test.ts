import assert from 'node:assert/strict';
import { cutMiddle } from '../../../src/contracts/bounded-text.js';

describe('cutMiddle', () => {
  it('leaves alone what fits', () => {
    assert.equal(cutMiddle('é'.repeat(50), 100), 'é'.repeat(50));
  });

  it('keeps head and tail of what does not, and cuts no character in two', () => {
    for (const character of ['x', 'é', '€', '😀']) {
      for (const most of [100, 101, 102, 103, 104]) {
        const cut = cutMiddle(`HEAD${character.repeat(200)}TAIL`, most);
        assert.ok(Buffer.byteLength(cut) <= most, `${Buffer.byteLength(cut)} of ${most} bytes`);
        assert.match(cut, /^HEAD.* … \(\d+ characters, cut\) … .*TAIL$/u);
        assert.equal(Buffer.from(cut).toString(), cut, 'whole characters');
      }
    }
  });
});

import assert from 'node:assert/strict';
import { pruneTime } from '../../../src/config/pruning.js';

describe('pruneTime', () => {
  it('is at four where only prune_days is set, as it says where it says something, and never by default', () => {
    assert.equal(pruneTime({ pruneAt: null }, true), 4 * 3600);
    assert.equal(pruneTime({ pruneAt: 0 }, false), 0);
    assert.equal(pruneTime({ pruneAt: 'off' }, true), null);
    assert.equal(pruneTime({ pruneAt: null }, false), null);
  });
});

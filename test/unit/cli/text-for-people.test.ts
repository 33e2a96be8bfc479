import assert from 'node:assert/strict';
import { humanDuration } from '../../../src/cli/text-for-people.js';

describe('humanDuration', () => {
  it('takes two units at most', () => {
    assert.equal(humanDuration(-5), '0 s');
    assert.equal(humanDuration(59_400), '59 s');
    assert.equal(humanDuration(185_000), '3 min 5 s');
    assert.equal(humanDuration(7_800_000), '2 h 10 min');
    assert.equal(humanDuration(273_600_000), '3 d 4 h');
  });
});

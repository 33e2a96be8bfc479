import assert from 'node:assert/strict';
import { humanBytes, humanDuration } from '../../../src/cli/text-for-people.js';

describe('humanDuration', () => {
  it('takes two units at most', () => {
    assert.equal(humanDuration(-5), '0 s');
    assert.equal(humanDuration(59_400), '59 s');
    assert.equal(humanDuration(185_000), '3 min 5 s');
    assert.equal(humanDuration(7_800_000), '2 h 10 min');
    assert.equal(humanDuration(273_600_000), '3 d 4 h');
  });
});

describe('humanBytes', () => {
  it('changes the unit at 1,024', () => {
    assert.equal(humanBytes(1023), '1023 B');
    assert.equal(humanBytes(1024), '1.0 KiB');
    assert.equal(humanBytes(5 * 1024 * 1024), '5.0 MiB');
  });
});

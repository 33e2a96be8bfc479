import assert from 'node:assert/strict';
import { sampleOf } from '../../../../mutate/edits/sample-edits.js';

const LIST = Array.from({ length: 100 }, (_, index) => index);

describe('sampleOf', () => {
  it('picks as many as asked for, each once, in order', () => {
    const sample = sampleOf(LIST, 10, 'a');
    assert.equal(new Set(sample).size, 10);
    assert.deepEqual(
      sample,
      sample.toSorted((a, b) => a - b),
    );
  });

  it('picks the same for the same seed and others for another', () => {
    assert.deepEqual(sampleOf(LIST, 10, 'a'), sampleOf(LIST, 10, 'a'));
    assert.notDeepEqual(sampleOf(LIST, 10, 'a'), sampleOf(LIST, 10, 'b'));
  });

  it('picks all when there are no more', () => {
    assert.deepEqual(sampleOf(LIST, 1000, 'a'), LIST);
  });
});

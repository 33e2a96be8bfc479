import assert from 'node:assert/strict';
import { estimateWait, quantileOfF } from '../../../../src/domain/dispatch/wait-estimate.js';

describe('estimateWait', () => {
  it('is nothing where a slot is free, and unknown until six ends were seen', () => {
    assert.deepEqual(estimateWait({ needed: 0, pauses: 0, seconds: 0 }), { p50Seconds: 0, p90Seconds: 0 });
    assert.equal(estimateWait({ needed: 1, pauses: 4, seconds: 400 }), null);
    assert.notEqual(estimateWait({ needed: 1, pauses: 5, seconds: 500 }), null);
  });

  it('grows with the queue, and its range narrows with what was seen', () => {
    const few = estimateWait({ needed: 10, pauses: 5, seconds: 500 });
    const many = estimateWait({ needed: 10, pauses: 49, seconds: 4900 });
    const longer = estimateWait({ needed: 20, pauses: 49, seconds: 4900 });
    assert.ok(few !== null && many !== null && longer !== null);
    assert.ok(many.p90Seconds - many.p50Seconds < few.p90Seconds - few.p50Seconds);
    assert.ok(many.p50Seconds > 900 && many.p50Seconds < 1000, `${many.p50Seconds} is about ten times 100 s`);
    assert.ok(longer.p50Seconds > many.p50Seconds);
  });
});

describe('quantileOfF', () => {
  // Tables of the F distribution.
  for (const [d1, d2, z, table] of [
    [2, 10, 0, 0.743],
    [10, 20, 1.2816, 1.937],
    [20, 10, 1.2816, 2.201],
    [2, 100, 1.2816, 2.356],
  ] as const) {
    it(`is about ${table} for ${d1} and ${d2} degrees of freedom at z ${z}`, () => {
      const found = quantileOfF(d1, d2, z);
      assert.ok(Math.abs(found / table - 1) < 0.03, String(found));
    });
  }
});

import assert from 'node:assert/strict';
import { measureAgainst, medians, orderOfRuns, type Side } from '../../../bench/against.js';
import type { Measured } from '../../../bench/subcommand.js';

function measured(seconds: number, faults: readonly string[] = []): Measured {
  const comparison = { rate: 1 / seconds, cpuSeconds: 2 * seconds, rssMiB: 100 + seconds };
  return { figures: { seconds, perStage: { signing: seconds } }, notes: [], faults, comparison };
}

/** Answers with the next of these each time, whichever product is measured. */
function underLock(all: readonly Measured[]): { readonly sides: Side[]; readonly measure: () => Promise<Measured> } {
  const left = [...all];
  const sides: Side[] = [];
  return {
    sides,
    measure: () => {
      const next = left.shift();
      return next === undefined ? Promise.reject(new Error('measured too often')) : Promise.resolve(next);
    },
  };
}

describe('two checkouts in comparison', () => {
  it('are measured one, the other, the other, one', () => {
    assert.deepEqual(orderOfRuns(2), ['this', 'against', 'against', 'this']);
    assert.deepEqual(orderOfRuns(3).slice(4), ['this', 'against']);
  });

  it('are compared pair by pair: medians of the ratios, and of both sides the medians of the figures', async () => {
    const { measure } = underLock([1, 2, 4, 1].map((seconds) => measured(seconds)));
    const { figures, faults } = await measureAgainst({ pairs: 2, say: () => undefined, measure });
    assert.deepEqual(figures, {
      rateRatio: 3, // pairs 1 : 2 and 1 : 4
      cpuRatio: 0.375,
      rssRatio: 0.981,
      this: { seconds: 1, perStage: { signing: 1 } },
      against: { seconds: 3, perStage: { signing: 3 } },
    });
    assert.deepEqual(faults, []);
  });

  it('come to nothing when one run does, and the fault says which', async () => {
    const { measure } = underLock([measured(1), measured(2, ['a build failed'])]);
    const { faults } = await measureAgainst({ pairs: 1, say: () => undefined, measure });
    assert.deepEqual(faults, ['run 2 of 2, the other: a build failed']);
  });

  it('keep text that is not a number', () => {
    assert.deepEqual(medians([{ change: 'add', n: 1 }, { change: 'add', n: 2 }]), { change: 'add', n: 1.5 }); // prettier-ignore
  });
});

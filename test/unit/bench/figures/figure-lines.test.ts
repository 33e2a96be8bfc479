import assert from 'node:assert/strict';
import { figureLines } from '../../../../bench/figures/figure-lines.js';

describe('figures as a table', () => {
  it('has a line for each figure, and a grid of those that come per something', () => {
    const figures = { runs: 4, secondsMedian: { signing: 1, building: 2 }, secondsMax: { signing: 10, building: 20 } };
    assert.deepEqual(figureLines(figures), [
      'runs  4',
      '          secondsMedian  secondsMax',
      'signing               1          10',
      'building              2          20',
    ]);
  });

  it('shows what lies deeper, named by both keys', () => {
    const side = { rate: 3, secondsMax: { signing: 10 } };
    assert.deepEqual(figureLines({ this: side, against: side }), [
      '                    this  against',
      'rate                   3        3',
      'secondsMax signing    10       10',
    ]);
  });
});

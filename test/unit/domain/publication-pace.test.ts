import assert from 'node:assert/strict';
import { pauseBeforeRun } from '../../../src/domain/publication-pace.js';

const STEP = 2000;

/** Starts of runs while changes come without an end, a run taking `runMs`. */
function startsOfCrowd(durationMs: number, runMs: number): number[] {
  const starts: number[] = [];
  for (let now = 0; now < durationMs;) {
    now += pauseBeforeRun(starts, now, STEP);
    if (now >= durationMs) break;
    starts.push(now);
    now += runMs;
  }
  return starts;
}

describe('the pace of publications', () => {
  it('lets a change that comes alone wait for nothing', () => {
    assert.equal(pauseBeforeRun([], 5_000_000, STEP), 0);
    assert.equal(pauseBeforeRun([1_000_000, 2_000_000, 3_000_000, 3_900_000], 5_000_000, STEP), 0);
  });

  it('lets two in a row wait for nothing, and the next ones longer and longer', () => {
    assert.equal(pauseBeforeRun([100_000, 101_000], 101_500, STEP), 0);
    assert.equal(pauseBeforeRun([100_000, 101_000, 101_500], 101_900, STEP), 1600);
    assert.equal(pauseBeforeRun([100_000, 101_000, 101_500, 104_000], 104_000, STEP), 4000);
  });

  it('makes of a minute of changes at most 25 runs, however short a run is, and never waits longer than 8 s', () => {
    const starts = startsOfCrowd(60_000, 50);
    assert.ok(starts.length <= 25, `${starts.length} runs`);
    const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    assert.ok(Math.max(...gaps) <= 8000 + 50, String(gaps));
  });

  it('counts nothing twice where a run takes longer than the pause', () => {
    assert.equal(pauseBeforeRun([0, 10_000, 20_000], 29_000, STEP), 0);
  });
});

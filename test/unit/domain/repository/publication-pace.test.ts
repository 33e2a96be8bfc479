import assert from 'node:assert/strict';
import fc from 'fast-check';
import { joinedBy, NOBODY, pauseBeforeRun, type Crowd } from '../../../../src/domain/repository/publication-pace.js';

const STEP = 2000;
const HOUR = 3_600_000;

/** Starts of runs while changes come without an end, a run taking `runMs`. */
function startsOfCrowd(durationMs: number, runMs: number): number[] {
  const starts: number[] = [];
  let crowd = NOBODY;
  for (let now = 0; now < durationMs;) {
    now += pauseBeforeRun(crowd, now, STEP) ?? 0;
    if (now >= durationMs) break;
    starts.push(now);
    crowd = joinedBy(crowd, now);
    now += runMs;
  }
  return starts;
}

describe('the pace of publications', () => {
  it('lets the first three wait for nothing, and the next ones longer and longer', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7].map((runs) => pauseBeforeRun({ runs, lastStart: 5000 }, 5000, STEP));
    assert.deepEqual(pauses, [null, null, null, 2000, 4000, 6000, 8000, 8000]);
    assert.equal(pauseBeforeRun({ runs: 3, lastStart: 5000 }, 5400, STEP), 1600);
  });

  it('makes of a minute of changes at most 25 runs, however short a run is, and never waits longer than 8 s', () => {
    const starts = startsOfCrowd(60_000, 50);
    assert.ok(starts.length <= 25, `${starts.length} runs`);
    const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    assert.ok(Math.max(...gaps) <= 8000 + 50, String(gaps));
  });

  it('waits no longer where a run takes longer than the pause, but still by a timer', () => {
    assert.equal(pauseBeforeRun({ runs: 9, lastStart: 20_000 }, 29_000, STEP), 1);
  });

  it('is not held up by a clock that was set back or forward', () => {
    const crowd: Crowd = { runs: 3, lastStart: 10 * HOUR };
    assert.equal(pauseBeforeRun(crowd, 9 * HOUR, STEP), 2000);
    assert.equal(pauseBeforeRun(crowd, 11 * HOUR, STEP), 1);
  });

  it('has a pause, or none, whatever the time is', () => {
    const times = fc.integer({ min: -HOUR * 1000, max: HOUR * 1000 });
    const runs = fc.nat(20);
    fc.assert(
      fc.property(runs, times, times, times, (count, lastStart, now, atReplay) => {
        const crowd = { runs: count, lastStart };
        const [pause, replayed] = [pauseBeforeRun(crowd, now, STEP), pauseBeforeRun(crowd, atReplay, STEP)];
        assert.equal(pause === null, replayed === null);
        assert.ok(pause === null || (pause >= 1 && pause <= 8000));
      }),
    );
  });
});

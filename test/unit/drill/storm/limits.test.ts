import assert from 'node:assert/strict';
import { findExcess, limitsAt, type Configured, type Span } from '../../../../drill/storm/limits.js';
import type { StormLimits } from '../../../../drill/storm/size.js';

const LOW: StormLimits = { workers: 2, owner: 1, sandbox: 1 };
const HIGH: StormLimits = { workers: 4, owner: 2, sandbox: 2 };
const SECOND = 1000;

function configured(special: Partial<Configured>): Configured {
  return { lives: [], answers: [], outages: [], ...special };
}

function span(taskId: string, started: number, ended: number, owner = taskId): Span {
  return { taskId, owner, sandbox: `${owner}/hello--${owner}`, started, ended };
}

describe('limits of a storm', () => {
  it('are those of the pollers that live, the highest of several', () => {
    const both = configured({
      lives: [
        { limits: LOW, from: 10, to: null },
        { limits: HIGH, from: 20, to: null },
      ],
    });
    assert.equal(limitsAt(9, both), null, 'nobody admits');
    assert.deepEqual(limitsAt(15, both), LOW);
    assert.deepEqual(limitsAt(25, both), HIGH);
  });

  it('stay in force behind their poller until the dispatcher says others, and a little longer for what was admitted', () => {
    const lives = [
      { limits: HIGH, from: 0, to: 10 * SECOND },
      { limits: LOW, from: 11 * SECOND, to: null },
    ];
    const answers = [
      { at: 12 * SECOND, limits: HIGH },
      { at: 15 * SECOND, limits: LOW },
    ];
    assert.deepEqual(limitsAt(35 * SECOND, configured({ lives, answers })), HIGH);
    assert.deepEqual(limitsAt(36 * SECOND, configured({ lives, answers })), LOW);
  });

  it('are forgotten after a while when the dispatcher says nothing, not counting the time without Temporal', () => {
    const lives = [
      { limits: HIGH, from: 0, to: 10 * SECOND },
      { limits: LOW, from: 11 * SECOND, to: null },
    ];
    const late = 151 * SECOND;
    assert.deepEqual(limitsAt(late, configured({ lives })), LOW);
    const outages = [{ from: 20 * SECOND, to: 80 * SECOND }];
    assert.deepEqual(limitsAt(late, configured({ lives, outages })), HIGH);
  });
});

describe('admissions of a storm', () => {
  const always = (limits: StormLimits): Configured => configured({ lives: [{ limits, from: 0, to: null }] });

  it('within the limits are none to speak of; an end makes room at once', () => {
    assert.deepEqual(findExcess([span('1', 1, 5), span('2', 2, 9), span('3', 5, 9)], always(LOW)), []);
  });

  it('beyond a limit are told with the limit', () => {
    const three = [span('1', 1, 9), span('2', 2, 9), span('3', 3, 9)];
    assert.deepEqual(findExcess(three, always(LOW)), ['3 began at 1970-01-01T00:00:00.003Z with 3 of 2: workers']);
    const owned = findExcess([span('1', 1, 9, 'jdoe'), span('2', 2, 9, 'jdoe')], always(LOW));
    assert.deepEqual(
      owned.map((line) => line.replace(/^.* with /, '')),
      ['2 of 1: owner jdoe', '2 of 1: sandbox jdoe/hello--jdoe'],
    );
  });

  it('under a higher limit may run to their end under a lower one, but nothing is added', () => {
    const lives = [
      { limits: HIGH, from: 0, to: 10 * SECOND },
      { limits: LOW, from: 11 * SECOND, to: null },
    ];
    const answers = [{ at: 12 * SECOND, limits: LOW }];
    const before = ['1', '2', '3', '4'].map((taskId) => span(taskId, 1, 100 * SECOND));
    assert.deepEqual(findExcess(before, configured({ lives, answers })), []);
    const added = [...before, span('5', 90 * SECOND, 99 * SECOND)];
    assert.equal(findExcess(added, configured({ lives, answers })).length, 1);
  });
});

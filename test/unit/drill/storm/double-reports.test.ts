import assert from 'node:assert/strict';
import { doubleReports, type ReportSeen } from '../../../../drill/storm/double-reports.js';

const CHROOT = '7-custom-1-x86_64';
const SOURCE = '7';

function calls(taskId: string, ...words: readonly ('starting' | 'ended' | 'canceled')[]): readonly ReportSeen[] {
  return words.map((word) => ({
    at: '2026-11-28T00:00:00Z',
    taskId,
    call: word === 'starting' ? 'starting_build' : word === 'ended' ? 'update' : 'canceled',
    terminal: word === 'ended',
  }));
}

describe('double reports of a storm', () => {
  it('are ends that the frontend took in twice', () => {
    assert.deepEqual(doubleReports([...calls(CHROOT, 'starting', 'ended'), ...calls(SOURCE, 'starting', 'ended')]), []);
    const twice = doubleReports([...calls(CHROOT, 'starting', 'ended', 'ended'), ...calls(SOURCE, 'ended')]);
    assert.deepEqual(twice, [`${CHROOT}: 2 terminal reports`]);
  });

  it('are none of a chroot whose cancel was confirmed: it stays as it is', () => {
    assert.deepEqual(doubleReports(calls(CHROOT, 'starting', 'canceled', 'ended', 'ended')), []);
  });

  it('are none where the cancel came too late: nobody can read whether the first got through', () => {
    assert.deepEqual(doubleReports(calls(CHROOT, 'starting', 'ended', 'ended', 'canceled')), []);
  });

  it('count of sources whatever was confirmed: the last word is kept there', () => {
    assert.deepEqual(doubleReports(calls(SOURCE, 'canceled', 'ended', 'ended')), [`${SOURCE}: 2 terminal reports`]);
  });
});

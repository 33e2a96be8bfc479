import assert from 'node:assert/strict';
import { MAX_WAIT, RepositoryRecord } from '../../../../src/domain/repository/repository-record.js';
import { givenPublished } from '../../../support/fake-activities.js';

const NOW = '2026-11-28T10:00:00.000Z';
const FAILURE = { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' } as const;

describe('RepositoryRecord', () => {
  it('remembers the last publication and the last failure, and counts both as runs', () => {
    const record = new RepositoryRecord(null);
    record.publish(givenPublished({ packages: 7 }), NOW);
    record.fail(FAILURE, NOW);
    assert.equal(record.past.runs, 2);
    assert.equal(record.past.lastPublished?.packages, 7);
    assert.deepEqual(record.past.lastFailure, { ...FAILURE, at: NOW });
  });

  it('counts no run that was given up', () => {
    const record = new RepositoryRecord(null);
    record.begin({ kind: 'release', by: 'root' });
    record.giveUp();
    assert.deepEqual([record.running, record.past.runs], [null, 0]);
  });

  it('lets a change that comes alone begin at once, and one in a crowd wait', () => {
    const record = new RepositoryRecord(null);
    const pauses = Array.from({ length: 4 }, () => {
      const pause = record.pauseBeforeRun(1000, 500);
      record.joinCrowd(1000);
      return pause;
    });
    assert.deepEqual(pauses, [null, null, null, 500]);
    record.leaveCrowd();
    assert.equal(record.pauseBeforeRun(1000, 500), null);
  });

  it('looks after deleted builds when they are due, and at least once a day', () => {
    const record = new RepositoryRecord(null);
    assert.equal(record.pauseBeforeCollection(Date.parse(NOW)), null);
    record.collect('2026-11-28T10:00:05.000Z');
    assert.equal(record.pauseBeforeCollection(Date.parse(NOW)), 5000);
    record.collect('2027-11-28T10:00:00.000Z');
    assert.equal(record.pauseBeforeCollection(Date.parse(NOW)), MAX_WAIT);
    record.collect('2020-11-28T10:00:00.000Z');
    assert.equal(record.pauseBeforeCollection(Date.parse(NOW)), 1);
  });

  it('hands over what it knows, and nothing that it does not', () => {
    const record = new RepositoryRecord(null);
    record.publish(givenPublished({ collectAt: NOW }), NOW);
    const handed = { ...record.past, mail: 'of somebody else' };
    assert.deepEqual(new RepositoryRecord(handed).past, record.past);
  });
});

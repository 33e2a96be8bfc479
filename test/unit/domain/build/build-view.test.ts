import assert from 'node:assert/strict';
import { BuildView } from '../../../../src/domain/build/build-view.js';
import { BUILDER, givenFacts } from '../../../support/fake-activities.js';

const TASK = '7-custom-1-x86_64';
const at = (second: number): string => new Date(Date.UTC(2026, 10, 29, 12, 0, second)).toISOString();
const view = (): BuildView => new BuildView(TASK, 'rpm', at(0));
const WAIT = { reason: 'builder', detail: 'arch_x86_64' };

describe('BuildView', () => {
  it('says of a build that has just begun what it is, and nothing more', () => {
    assert.deepEqual(view().status, {
      ...{ task: TASK, kind: 'rpm', stage: 'preparing', since: at(0), attempt: 0, host: null, ticket: null },
      ...{ waitingFor: null, logBytes: 0, lastFailure: null, outcome: null },
      ...{ owner: null, project: null, chroot: null, packageName: null, resultPath: null },
    });
  });

  it('keeps the order in which people have read its fields so far', () => {
    assert.deepEqual(
      Object.keys(view().status).join(' '),
      [
        'task kind stage since attempt host ticket waitingFor logBytes lastFailure outcome',
        'owner project chroot packageName resultPath',
      ].join(' '),
    );
  });

  it('says whose build it is and where its results go, a source build without a name of its package too', () => {
    const told = view();
    told.identify(givenFacts({ dirname: 'hello:pr:1' }));
    const { owner, project, chroot, packageName, resultPath } = told.status;
    assert.deepEqual([owner, project, chroot, packageName], ['jdoe', 'hello', 'custom-1-x86_64', 'hello']);
    assert.equal(resultPath, 'jdoe/hello:pr:1/custom-1-x86_64/00000007-hello');
    told.identify(givenFacts({ packageName: null, targetDir: '00000007' }));
    assert.deepEqual([told.status.packageName, told.status.owner], [null, 'jdoe']);
    told.identify(null);
    assert.deepEqual([told.status.owner, told.status.resultPath], [null, null]);
  });

  it('counts a stage once, from when it was first entered, however often its reason changes', () => {
    const told = view();
    assert.deepEqual(told.enter('waitingForBuilder', null, at(2)), { stage: 'preparing', seconds: 2 });
    assert.equal(told.enter('waitingForBuilder', WAIT, at(5)), null);
    assert.deepEqual([told.status.since, told.status.waitingFor], [at(5), WAIT]);
    assert.deepEqual(told.enter('starting', null, at(9)), { stage: 'waitingForBuilder', seconds: 7 });
    assert.deepEqual([told.status.stage, told.status.since, told.status.waitingFor], ['starting', at(9), null]);
  });

  it('says what a stage waits for, and leaves its start', () => {
    const told = view();
    told.enter('signing', null, at(3));
    told.waitFor(WAIT);
    assert.deepEqual([told.status.stage, told.status.since, told.status.waitingFor], ['signing', at(3), WAIT]);
    told.waitFor(null);
    assert.equal(told.status.waitingFor, null);
  });

  it('shows the attempt as it was told, and not as it goes on', () => {
    const told = view();
    const attempt = { attempt: 1, ticket: 17, builder: BUILDER };
    told.attempt(attempt);
    attempt.attempt = 2;
    assert.deepEqual([told.status.attempt, told.status.ticket, told.status.host], [1, 17, BUILDER.host]);
    assert.equal(told.builder, BUILDER);
    told.attempt({ attempt: 2, ticket: null, builder: null });
    assert.deepEqual([told.status.attempt, told.status.ticket, told.status.host], [2, null, null]);
  });

  it('keeps what failed last, the length of the log and the outcome to the end', () => {
    const told = view();
    const failure = { code: 'BuilderLost', message: 'gone' } as const;
    told.fail({ code: 'BuilderLost', message: 'the first' }, at(1));
    told.fail(failure, at(4));
    told.countLog(1234);
    told.end({ result: 'succeeded', packages: 2 });
    told.enter('ended', null, at(9));
    const { lastFailure, logBytes, outcome } = told.status;
    assert.deepEqual(lastFailure, { ...failure, at: at(4) });
    assert.deepEqual([logBytes, outcome], [1234, { result: 'succeeded', packages: 2 }]);
  });
});

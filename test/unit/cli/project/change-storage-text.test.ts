import assert from 'node:assert/strict';
import { moveLine } from '../../../../src/cli/project/change-storage-text.js';
import { StorageMoveRun } from '../../../../src/domain/project/storage-move-run.js';

const START = '2026-11-30T06:00:00.000Z';
const after = (seconds: number): number => Date.parse(START) + seconds * 1000;

describe('the progress of a move to Pulp, for people', () => {
  const begun = (): StorageMoveRun => {
    const run = new StorageMoveRun({ owner: 'jdoe', project: 'hello' }, null, START);
    run.plan([{ dirname: 'hello', chroot: 'fedora-42-x86_64', packages: 40, bytes: 4096 }]);
    run.enter('copying', START);
    return run;
  };

  it('says how long it will take at the speed so far, once there is one', () => {
    const run = begun();
    assert.equal(moveLine(run.status, after(60)), 'copying hello/fedora-42-x86_64: 0 of 40 packages, 0 B of 4.0 KiB');
    run.count({ after: '00000007-a', packages: 10, bytes: 1024 });
    assert.equal(
      moveLine(run.status, after(60)),
      'copying hello/fedora-42-x86_64: 10 of 40 packages, 1.0 KiB of 4.0 KiB, about 3 min 0 s left',
    );
  });

  it('says until when it can be undone, and how it ended', () => {
    const run = begun();
    run.cutOver('2026-12-07T06:00:00.000Z');
    run.enter('soaking', START);
    assert.match(moveLine(run.status, after(0)), /clients get it from Pulp; --undo is possible until 2026-12-07T06/);
    run.problem('hello/fedora-42-x86_64', { code: 'StorageFailed', message: 'disk full' });
    run.end('undone', 'wanted by operator', START);
    assert.equal(
      moveLine(run.status, after(0)),
      'undone (wanted by operator)\n  hello/fedora-42-x86_64: StorageFailed: disk full',
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ResignRun } from '../../../../src/domain/signing/resign-run.js';

const [FIRST, LATER] = ['2026-11-28T10:00:00.000Z', '2026-11-28T11:00:00.000Z'];
const TARGET = { owner: 'jdoe', dirname: 'hello' };
const REFUSED = { code: 'SigningFailed', message: 'rpmsign exited with 1' } as const;

function given(...chroots: readonly string[]): ResignRun {
  const run = new ResignRun(TARGET, null, FIRST);
  run.plan(chroots.map((chroot) => ({ chroot, builds: 10, devel: false })));
  return run;
}

describe('ResignRun', () => {
  it('goes chroot by chroot, each from its first build on', () => {
    const run = given('custom-1-x86_64', 'custom-2-x86_64');
    run.passBatch('00000007-hello');
    assert.equal(run.status.position.after, '00000007-hello');
    run.passChroot();
    assert.deepEqual([run.chroot?.chroot, run.status.position.after], ['custom-2-x86_64', null]);
    run.passChroot();
    assert.equal(run.chroot, undefined);
  });

  it('says since when it is at a stage, not when it was last asked', () => {
    const run = given();
    run.enter('signing', FIRST);
    run.enter('signing', LATER);
    assert.equal(run.status.since, FIRST);
  });

  it('has not succeeded when something could not be signed', () => {
    const run = given('custom-1-x86_64');
    const failures = [{ build: '00000007-hello', failure: REFUSED }];
    run.count('custom-1-x86_64', { builds: 1, signed: 0, failed: 1, after: null, isReplaced: false, failures });
    assert.equal(run.end('succeeded', null, LATER).result, 'failed');
    assert.deepEqual(run.status.problems, ['custom-1-x86_64/00000007-hello: SigningFailed: rpmsign exited with 1']);
  });

  it('counts every build once, and loses nothing however often it starts again', () => {
    const batch = fc.record({ builds: fc.nat(9), signed: fc.nat(9), failed: fc.nat(9), beginsAnew: fc.boolean() });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 30 }), (batches) => {
        let run = given('custom-1-x86_64');
        for (const { beginsAnew, ...counts } of batches) {
          run.count('custom-1-x86_64', { ...counts, after: 'b', isReplaced: true, failures: [] });
          if (beginsAnew) run = new ResignRun(TARGET, run.status, LATER);
        }
        const sum = (of: 'builds' | 'signed' | 'failed'): number =>
          batches.reduce((total, counts) => total + counts[of], 0);
        const done = { builds: sum('builds'), signed: sum('signed'), failed: sum('failed') };
        assert.deepEqual(run.end('succeeded', null, LATER).done, done);
      }),
    );
  });
});

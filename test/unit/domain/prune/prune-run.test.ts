import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OpenPruneStep, PruneStep } from '../../../../src/contracts/prune/prune.js';
import { PruneRun } from '../../../../src/domain/prune/prune-run.js';

const PLAN = { file: 'plan', count: 1000, sha256: '' };
const [FIRST, LATER] = ['2026-11-28T10:00:00.000Z', '2026-11-28T11:00:00.000Z'];
const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
const REFUSED = { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' } as const;

function given(parallel = 2): PruneRun {
  return new PruneRun({ plan: PLAN, parallel }, null, FIRST);
}

function step(changed: Partial<PruneStep> = {}): PruneStep {
  return { repository: REPOSITORY, asked: 1, gone: 0, kept: 0, unfinished: null, next: null, ...changed };
}

/** Has the run take a step at its cursor. */
function take(run: PruneRun, taken: PruneStep): OpenPruneStep | null {
  const at = run.cursor ?? assert.fail('the plan is at its end');
  run.ask();
  return run.recordStep(at, taken, LATER);
}

describe('PruneRun', () => {
  it('pauses once what is under way has ended, and goes on when it is told to', () => {
    const run = given();
    const open = take(run, step({ next: { section: 0, line: 1 } })) ?? assert.fail();
    run.pause('root', FIRST);
    assert.deepEqual([run.status().stage, run.mayBegin], ['pausing', false]);
    run.complete(open, null, LATER);
    assert.deepEqual([run.status().stage, run.status().since], ['paused', LATER]);
    run.pause(null, LATER);
    assert.deepEqual([run.status().stage, run.mayBegin], ['pruning', true]);
  });

  it('calls a run with a failure incomplete, and names the chroot as unwell', () => {
    const run = given();
    run.complete(take(run, step({ asked: 3 })) ?? assert.fail(), REFUSED, LATER);
    assert.deepEqual(run.unwell, ['custom-1-x86_64']);
    assert.deepEqual(run.end(0, LATER), { result: 'incomplete', gone: 0, kept: 0, failed: 3, finished: 0 });
  });

  it('waits for no answer where there is nothing left to ask for', () => {
    const run = given();
    assert.equal(take(run, step({ asked: 0, gone: 2 })), null);
    assert.ok(run.isAllAnswered);
  });

  it('counts every line once, and loses nothing however often it starts again', () => {
    const lines = fc.record({
      ...{ asked: fc.nat(5), gone: fc.nat(5), kept: fc.nat(5) },
      ...{ isRefused: fc.boolean(), beginsAnew: fc.boolean(), answersAtOnce: fc.boolean() },
    });
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (steps, parallel) => {
        let run = given(parallel);
        const unanswered: { open: OpenPruneStep; isRefused: boolean }[] = [];
        const answer = (): void => {
          const oldest = unanswered.shift();
          if (oldest !== undefined) run.complete(oldest.open, oldest.isRefused ? REFUSED : null, LATER);
        };
        for (const [index, { asked, gone, kept, isRefused, beginsAnew, answersAtOnce }] of steps.entries()) {
          while (!run.mayBegin) answer();
          const open = take(run, step({ asked, gone, kept, next: { section: 0, line: index + 1 } }));
          if (open !== null) unanswered.push({ open, isRefused });
          assert.ok(run.status().underWay.length <= parallel);
          if (answersAtOnce) answer();
          if (beginsAnew) {
            const before = run.status();
            run = new PruneRun({ plan: PLAN, parallel }, run.carried(), before.since);
            assert.deepEqual(run.status(), before);
          }
        }
        while (!run.isAllAnswered) answer();
        const total = steps.reduce((sum, { asked, gone, kept }) => sum + asked + gone + kept, 0);
        const { gone, kept, failed } = run.status();
        assert.equal(gone + kept + failed, total);
      }),
    );
  });
});

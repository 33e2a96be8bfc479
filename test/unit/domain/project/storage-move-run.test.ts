import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MovedBatch } from '../../../../src/contracts/project/storage-move.js';
import { StorageMoveRun } from '../../../../src/domain/project/storage-move-run.js';

const [FIRST, LATER] = ['2026-11-28T10:00:00.000Z', '2026-11-28T11:00:00.000Z'];
const PROJECT = { owner: 'jdoe', project: 'hello' };
const SOAK_UNTIL = '2026-12-05T10:00:00.000Z';
const REFUSED = { code: 'StorageMoveRefused', message: 'it has no such project' } as const;

function given(...chroots: readonly string[]): StorageMoveRun {
  const run = new StorageMoveRun(PROJECT, null, FIRST);
  run.plan(chroots.map((chroot) => ({ dirname: 'hello', chroot, packages: 10, bytes: 1000 })));
  return run;
}

/** The state in the run that continues this one: it crosses a server as JSON. */
function continued(run: StorageMoveRun): StorageMoveRun {
  return new StorageMoveRun(PROJECT, JSON.parse(JSON.stringify(run.status)) as typeof run.status, LATER);
}

function batch(after: string | null, packages = 2): MovedBatch {
  return { after, packages, bytes: packages * 100 };
}

describe('StorageMoveRun', () => {
  it('says when the copying began, although it was held up and entered again', () => {
    const run = given('custom-1-x86_64');
    run.enter('copying', FIRST);
    run.enter('copying', LATER);
    assert.deepEqual([run.status.since, run.status.copyingSince], [FIRST, FIRST]);
    run.enter('waitingForLock', LATER);
    run.enter('copying', LATER);
    assert.deepEqual([run.status.since, run.status.copyingSince], [LATER, FIRST]);
  });

  it('can be undone until the soak is over, and says no such time once the tree is in use again', () => {
    const run = given('custom-1-x86_64');
    run.cutOver(SOAK_UNTIL);
    assert.deepEqual([run.status.isCutOver, run.status.soakUntil], [true, SOAK_UNTIL]);
    run.undo('root');
    assert.deepEqual([run.isUnwanted, run.status.isCutOver], [true, true], 'clients get Pulp until it is undone');
    run.return();
    assert.deepEqual([run.status.isCutOver, run.status.soakUntil], [false, null]);
  });

  it('keeps the last problems, each with its place, and ends as it is told', () => {
    const run = given('custom-1-x86_64');
    for (let number = 1; number <= 30; number += 1) run.problem(`hello/custom-${number}-x86_64`, REFUSED);
    const { problems } = run.status;
    assert.equal(problems.at(-1), 'hello/custom-30-x86_64: StorageMoveRefused: it has no such project');
    assert.ok(problems.length < 30, 'the status stays small');
    assert.deepEqual(run.end('undone', 'wanted by root', LATER), { result: 'undone', message: 'wanted by root' });
    assert.deepEqual([run.status.stage, run.status.since], ['ended', LATER]);
  });

  it('copies every batch once, in order, and loses nothing however often it continues as new', () => {
    const chroot = fc.array(fc.record({ packages: fc.nat(9), isContinued: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    });
    const plan = fc.array(chroot, { maxLength: 6 });
    fc.assert(
      fc.property(plan, fc.boolean(), (chroots, isPaused) => {
        const names = chroots.map((_, index) => `custom-${index}-x86_64`);
        let run = given(...names);
        if (isPaused) run.pause('root');
        const copied: string[] = [];
        for (let place = run.chroot; place !== undefined; place = run.chroot) {
          const { after } = run.status.position;
          const [chrootAt, at] = [names.indexOf(place.chroot), after === null ? 0 : Number(after)];
          const step = chroots[chrootAt]?.[at] ?? assert.fail(`${place.chroot} has no batch after ${String(after)}`);
          assert.ok(copied.length < chroots.flat().length, 'a batch is copied twice');
          copied.push(`${chrootAt}/${at}`);
          const isLast = at === (chroots[chrootAt]?.length ?? 0) - 1;
          const goesOn = run.count(batch(isLast ? null : String(at + 1), step.packages));
          assert.equal(goesOn, !isLast);
          if (!goesOn) run.passChroot();
          if (step.isContinued) run = continued(run);
        }
        assert.deepEqual(
          copied,
          chroots.flatMap((steps, index) => steps.map((_, at) => `${index}/${at}`)),
        );
        const packages = chroots.flat().reduce((sum, step) => sum + step.packages, 0);
        assert.deepEqual(run.status.done, { packages, bytes: packages * 100 });
        assert.equal(run.isPaused, isPaused);
      }),
    );
  });

  it('never says that clients get Pulp without a time until which it can be undone, nor the reverse', () => {
    const says = fc.constantFrom('pause', 'resume', 'undo', 'cutOver', 'return', 'soak', 'problem', 'continue');
    fc.assert(
      fc.property(fc.array(says, { maxLength: 30 }), (story) => {
        let run = given('custom-1-x86_64');
        for (const told of story) {
          if (told === 'pause' || told === 'resume') run.pause(told === 'pause' ? 'root' : null);
          else if (told === 'undo') run.undo('root');
          else if (told === 'cutOver') run.cutOver(SOAK_UNTIL);
          else if (told === 'return') run.return();
          else if (told === 'soak') run.enter('soaking', LATER);
          else if (told === 'problem') run.problem('the frontend', REFUSED);
          else run = continued(run);
        }
        assert.equal(run.status.isCutOver, run.status.soakUntil !== null);
        assert.equal(run.isUnwanted, story.includes('undo'), 'nobody can take an undo back');
        assert.equal(run.isPaused, story.lastIndexOf('pause') > story.lastIndexOf('resume'));
      }),
    );
  });
});

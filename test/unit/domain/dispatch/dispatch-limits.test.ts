import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Limits, TaskFacts } from '../../../../src/contracts/dispatch/dispatch.js';
import { LimitCounts } from '../../../../src/domain/dispatch/dispatch-limits.js';
import { chooseTasks, orderBuilds } from '../../../../src/domain/dispatch/dispatch-policy.js';
import { givenLimits, givenTask } from '../../../support/given-tasks.js';

function chosen(tasks: readonly TaskFacts[], limits: Limits, running: readonly TaskFacts[] = []): readonly string[] {
  return chooseTasks({ candidates: tasks, running, limits }).now.map((task) => task.taskId);
}

function tasks(count: number, changed: (index: number) => Partial<TaskFacts>): readonly TaskFacts[] {
  return Array.from({ length: count }, (_, index) => givenTask({ taskId: `${index + 1}-x`, ...changed(index) }));
}

describe('LimitCounts', () => {
  it('holds builds of an architecture, and counts i386 to i686 as x86_64', () => {
    const chroots = ['fedora-42-x86_64', 'epel-6-i386', 'mageia-9-i586', 'fedora-42-aarch64'];
    const all = tasks(4, (index) => ({ chroot: chroots[index] ?? null }));
    assert.deepEqual(chosen(all, givenLimits(10, { arch: { x86_64: 2 } })), ['1-x', '2-x', '4-x']);
  });

  it('leaves source builds out of the limits by architecture', () => {
    const sources = tasks(3, () => ({ chroot: null, source: true }));
    assert.equal(chosen(sources, givenLimits(10, { arch: { x86_64: 1 }, archPerOwner: { x86_64: 1 } })).length, 3);
  });

  it('holds builds by tag, each tag for itself', () => {
    const all = tasks(4, (index) => ({ tags: index % 2 === 0 ? ['big', 'power'] : ['big'] }));
    assert.deepEqual(chosen(all, givenLimits(10, { tag: { big: 3, power: 1 } })), ['1-x', '2-x', '4-x']);
  });

  it('holds builds of one architecture and owner, not those of another owner', () => {
    const all = tasks(4, (index) => ({ owner: index < 3 ? 'ann' : 'bob', chroot: 'fedora-42-s390x' }));
    assert.deepEqual(chosen(all, givenLimits(10, { archPerOwner: { s390x: 2 } })), ['1-x', '2-x', '4-x']);
  });

  it('holds builds of one sandbox; those without one are free', () => {
    const all = tasks(4, (index) => ({ sandbox: index < 3 ? 'ann/a--ann' : null }));
    assert.deepEqual(chosen(all, givenLimits(10, { sandbox: 1 })), ['1-x', '4-x']);
  });

  it('holds builds of one owner, running ones included', () => {
    const running = tasks(2, () => ({ owner: 'ann' }));
    const more = [givenTask({ taskId: '8-x', owner: 'ann' }), givenTask({ taskId: '9-x', owner: 'bob' })];
    assert.deepEqual(chosen(more, givenLimits(10, { owner: 2 }), running), ['9-x']);
  });

  it('never starts anything of a blocked owner, nor keeps it in reserve', () => {
    const all = tasks(2, (index) => ({ owner: index === 0 ? 'spammer' : 'ann' }));
    const { now, reserve } = chooseTasks({
      candidates: all,
      running: [],
      limits: givenLimits(10, { blockedOwners: ['spammer'] }),
    });
    assert.deepEqual(
      now.map((task) => task.taskId),
      ['2-x'],
    );
    assert.deepEqual(reserve, []);
  });

  it('holds builds with ssh for the user, per owner', () => {
    const all = tasks(3, (index) => ({ userSsh: index < 2 }));
    assert.deepEqual(chosen(all, givenLimits(10, { userSsh: 1 })), ['1-x', '3-x']);
  });

  it('names every limit that holds a task, with its use', () => {
    const running = tasks(2, () => ({ owner: 'ann', chroot: 'fedora-42-s390x' }));
    const limits = givenLimits(10, { owner: 2, arch: { s390x: 2 }, sandbox: 5 });
    const task = givenTask({ taskId: '9-x', owner: 'ann', chroot: 'fedora-42-s390x', sandbox: 's' });
    assert.deepEqual(new LimitCounts(limits, running).holds(task), [
      { limit: { kind: 'arch', arch: 's390x' }, used: 2, of: 2 },
      { limit: { kind: 'owner', owner: 'ann' }, used: 2, of: 2 },
    ]);
  });

  it('is not fooled by names that every object has', () => {
    const all = tasks(1, () => ({ chroot: 'fedora-42-constructor', tags: ['toString', '__proto__'] }));
    assert.equal(chosen(all, givenLimits(1, { arch: {}, tag: {} })).length, 1);
  });
});

const anyTask = fc.record({
  owner: fc.constantFrom('ann', 'bob', '@web', 'eve'),
  sandbox: fc.constantFrom(null, 's1', 's2'),
  background: fc.boolean(),
  chroot: fc.constantFrom(null, 'fedora-42-x86_64', 'epel-9-s390x', 'epel-6-i386'),
  tags: fc.subarray(['big', 'power']),
  userSsh: fc.boolean(),
});
const anyWorld = fc.record({
  waiting: fc.array(anyTask, { maxLength: 60 }),
  running: fc.array(anyTask, { maxLength: 20 }),
  limits: fc.record({
    maxWorkers: fc.integer({ min: 0, max: 30 }),
    arch: fc.constantFrom({}, { x86_64: 3 }, { s390x: 1, x86_64: 5 }),
    tag: fc.constantFrom({}, { big: 2 }),
    archPerOwner: fc.constantFrom({}, { x86_64: 2 }),
    sandbox: fc.constantFrom(null, 2),
    owner: fc.constantFrom(null, 4),
    userSsh: fc.constantFrom(null, 1),
    blockedOwners: fc.constantFrom<readonly string[]>([], ['eve']),
  }),
});

/** Counts without the code under test: how many of `all` a rule covers. */
function violations(all: readonly TaskFacts[], limits: Limits): readonly string[] {
  const arch = (task: TaskFacts): string | undefined => task.chroot?.replace(/^.*-/, '').replace(/^i\d86$/, 'x86_64');
  const found: string[] = [];
  const check = (what: string, of: number | null | undefined, covered: (task: TaskFacts) => boolean): void => {
    if (of !== null && of !== undefined && all.filter(covered).length > of) found.push(what);
  };
  check('workers', limits.maxWorkers, () => true);
  for (const owner of ['ann', 'bob', '@web', 'eve']) {
    check(`owner ${owner}`, limits.owner, (task) => task.owner === owner);
    check(`ssh ${owner}`, limits.userSsh, (task) => task.owner === owner && task.userSsh && !task.source);
    for (const [name, of] of Object.entries(limits.archPerOwner))
      check(`${name} ${owner}`, of, (task) => task.owner === owner && arch(task) === name);
  }
  for (const [name, of] of Object.entries(limits.arch)) check(name, of, (task) => arch(task) === name);
  for (const [name, of] of Object.entries(limits.tag)) check(name, of, (task) => task.tags.includes(name));
  for (const name of ['s1', 's2']) check(name, limits.sandbox, (task) => task.sandbox === name);
  for (const name of limits.blockedOwners) check(`blocked ${name}`, 0, (task) => task.owner === name);
  return found;
}

describe('chooseTasks under all limits', () => {
  it('breaks no limit that was not broken before, and leaves no slot empty that something fits into', () => {
    fc.assert(
      fc.property(anyWorld, ({ waiting, running, limits }) => {
        const named = (prefix: string) => (task: (typeof waiting)[number], index: number) =>
          givenTask({ ...task, source: task.chroot === null, taskId: `${prefix}${index}` });
        const before = running.map(named('r'));
        const candidates = orderBuilds(waiting.map(named('w')));
        const { now, reserve } = chooseTasks({ candidates, running: before, limits });
        const after = [...before, ...now];
        const old = new Set(violations(before, limits));
        assert.deepEqual(
          violations(after, limits).filter((what) => !old.has(what)),
          [],
        );
        const left = candidates.filter((task) => !now.includes(task));
        for (const task of left) {
          const worse = violations([...after, task], limits).length > 0;
          assert.ok(worse, `${task.taskId} would have fitted`);
        }
        assert.equal(
          reserve.some((task) => now.includes(task)),
          false,
        );
      }),
    );
  });

  it('keeps the reserve open for other owners, however many tasks one of them has', () => {
    const many = tasks(500, () => ({ owner: 'ann' }));
    const other = givenTask({ taskId: '999-x', owner: 'bob' });
    const { reserve } = chooseTasks({
      candidates: [...many, other],
      running: tasks(3, () => ({ owner: 'ann' })).map((task) => ({ ...task, taskId: `r${task.taskId}` })),
      limits: givenLimits(3, { owner: 3 }),
    });
    assert.ok(reserve.includes(other));
  });
});

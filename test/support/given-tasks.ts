import fc from 'fast-check';
import type { Limits, RunningTask, TaskFacts } from '../../src/contracts/dispatch/dispatch.js';
import { onlyWorkers } from '../../src/domain/dispatch/dispatch-limits.js';

/** A foreground RPM task, like the frontend's short record. */
export function givenTask(changed: Partial<TaskFacts> & { readonly taskId: string }): TaskFacts {
  return {
    owner: 'jdoe',
    sandbox: null,
    background: false,
    chroot: 'fedora-42-x86_64',
    source: false,
    tags: [],
    userSsh: false,
    priority: 0,
    ...changed,
  };
}

/** The same, with a slot and a running workflow. */
export function givenRunning(task: TaskFacts): RunningTask {
  return { ...task, isStarted: true };
}

/** No limit except the number of workers and those given. */
export function givenLimits(maxWorkers: number, others: Partial<Limits> = {}): Limits {
  return { ...onlyWorkers(maxWorkers), ...others };
}

/** Pending lists that a frontend could send: few owners and chroots, so that groups overlap; ids are unique. */
export const pendingTasks: fc.Arbitrary<readonly TaskFacts[]> = fc
  .array(
    fc.record({
      owner: fc.constantFrom('ann', 'bob', '@web'),
      sandbox: fc.constantFrom(null, 'ann/a--ann', 'bob/b--bob'),
      background: fc.boolean(),
      chroot: fc.constantFrom('fedora-42-x86_64', 'fedora-42-aarch64', 'epel-8-i386'),
      source: fc.boolean(),
      priority: fc.integer({ min: -3, max: 3 }),
    }),
    { maxLength: 120 },
  )
  .map((tasks) =>
    tasks.map((task, index) => {
      const chroot = task.source ? null : task.chroot;
      const taskId = chroot === null ? String(index + 1) : `${index + 1}-${chroot}`;
      return givenTask({ ...task, chroot, taskId });
    }),
  );

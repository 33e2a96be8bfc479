import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createStartActivities } from '../../../src/activities/dispatch/task-start.js';
import type { AdmittedTask } from '../../../src/contracts/dispatch/dispatch.js';
import { DEFAULT_DURATIONS } from '../../../src/contracts/durations.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { TaskStarter } from '../../../src/ports/dispatch/task-starter.js';
import { activityContext } from '../../support/activity.js';
import { type FakePorts, fakePorts } from '../../support/fake-ports.js';
import { givenTask } from '../../support/given-tasks.js';

const TASKS: readonly AdmittedTask[] = Array.from({ length: 50 }, (_, index) => ({
  ...{ task: givenTask({ taskId: String(index) }), admission: `life-${index}`, again: false },
}));

function starting(start: TaskStarter['start']): {
  readonly context: ReturnType<typeof activityContext>;
  readonly run: () => ReturnType<ReturnType<typeof createStartActivities>['startTasks']>;
  readonly ports: FakePorts;
} {
  const context = activityContext();
  const ports = fakePorts({ starter: { start } });
  const { startTasks } = createStartActivities(ports.deps);
  const input = { of: 'builds', tasks: TASKS, storage: 'main', durations: DEFAULT_DURATIONS } as const;
  return { context, ports, run: () => context.run(startTasks, input) };
}

describe('startTasks', () => {
  it('starts all, 20 at a time, and says in their order what became of each', async () => {
    let [underWay, most] = [0, 0];
    const { ports, run } = starting(async ({ task: { taskId } }) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await turn();
      underWay -= 1;
      return { taskId, is: taskId === '7' ? 'busy' : 'started' };
    });
    const ids = TASKS.map(({ task }) => task.taskId);
    assert.deepEqual(await run(), { started: ids.filter((id) => id !== '7'), busy: ['7'], refused: [] });
    assert.equal(most, 20);
    const named = ids.filter((id) => id !== '7').slice(0, 20);
    const tasks = `${named.join(', ')}, and 29 more`;
    const line = { of: 'builds', started: 49, busy: 1, refused: 0, tasks };
    assert.deepEqual(ports.calls('log', 'info'), [[line, 'admitted tasks were started']]);
  });

  it('waits for the starts under way when it is told to stop, begins no other, and reports nothing', async () => {
    const [begun, ended]: [string[], string[]] = [[], []];
    const release: (() => void)[] = [];
    const { context, run } = starting(async ({ task: { taskId } }) => {
      begun.push(taskId);
      if (begun.length === 20) {
        context.cancel('CANCELLED');
        for (const go of release) go();
      } else await new Promise<void>((resolve) => release.push(resolve));
      ended.push(taskId);
      return { taskId, is: 'started' };
    });
    await assert.rejects(run(), { name: 'CancelledFailure' });
    assert.equal(begun.length, 20);
    assert.deepEqual(ended.toSorted(), begun.toSorted());
  });

  it('fails with the server that is away, and begins no other start', async () => {
    const away = new PortFailure('TemporalUnavailable', 'away', { retryable: true });
    let begun = 0;
    const { run } = starting(async () => {
      begun += 1;
      await turn();
      throw away;
    });
    await assert.rejects(run(), (error) => error === away);
    await turn();
    assert.equal(begun, 20);
  });
});

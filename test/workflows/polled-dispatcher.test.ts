import assert from 'node:assert/strict';
import type { TaskFacts } from '../../src/contracts/dispatch/dispatch.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { admissionQuery, taskEndedSignal } from '../../src/contracts/messages.js';
import { givenLimits, givenTask } from '../support/given-tasks.js';
import { withPolledDispatcher } from '../support/polled-dispatcher.js';

let unique = (Date.now() % 100_000_000) * 10;

/** Source builds that no other test has. */
function givenSources(count: number): readonly TaskFacts[] {
  const first = unique;
  unique += count;
  return Array.from({ length: count }, (_, n) =>
    givenTask({ taskId: String(first + n), chroot: null, source: true, owner: `owner-${n % 7}` }),
  );
}

describe('a dispatcher with its own polls', function () {
  this.timeout(120_000);

  it('that was terminated comes back within its limits', async () => {
    const tasks = givenSources(12);
    const frontend = { pendingBuilds: () => Promise.resolve(tasks) };
    await withPolledDispatcher({ limits: givenLimits(5), pause: 0.1, frontend }, async ({ rig, handle, begin }) => {
      const started = async (): Promise<number> => {
        const { started: count, starting } = await handle().query(admissionQuery);
        return count - starting;
      };
      await rig.until('five run', async () => (await started()) === 5);
      const running = (await Promise.all(tasks.map(({ taskId }) => runs(taskId)))).filter((run) => run !== null);
      assert.equal(running.length, 5);
      await handle().terminate('by a person');
      await begin();
      await rig.until('it has learned what runs', async () => (await handle().query(admissionQuery)).running === 5);
      assert.equal(await started(), 0, 'nothing beyond the limit was admitted');
      const [gone] = running;
      assert.ok(gone);
      await handle().signal(taskEndedSignal, { taskId: gone, at: new Date().toISOString() });
      await rig.until('the slot of one that ended is given on', async () => (await started()) === 1);

      async function runs(taskId: string): Promise<string | null> {
        const description = await rig.client.workflow
          .getHandle(buildWorkflowId(taskId))
          .describe()
          .catch(() => null);
        return description?.status.name === 'RUNNING' ? taskId : null;
      }
    });
  });

  it('lets a poll that is out come home, however much ends meanwhile', async () => {
    const tasks = givenSources(40);
    let answer: (tasks: readonly TaskFacts[]) => void = () => undefined;
    let asked = 0;
    const frontend = {
      pendingBuilds: (signal?: AbortSignal): Promise<readonly TaskFacts[]> => {
        asked += 1;
        return new Promise((resolve, reject) => {
          answer = resolve;
          signal?.addEventListener('abort', () => reject(new Error('stopped')));
        });
      },
    };
    const limits = givenLimits(30, { owner: 1 });
    await withPolledDispatcher({ limits, pause: 0.1, frontend, withoutBuilds: true }, async ({ rig, handle }) => {
      const started = async (): Promise<number> => (await handle().query(admissionQuery)).started;
      await rig.until('the frontend is asked', () => asked === 1);
      answer(tasks);
      await rig.until('one of each owner runs', async () => (await started()) === 7);
      await rig.until('the frontend is asked again', () => asked === 2);
      const ended = tasks.slice(0, 7);
      for (const { taskId } of ended) await handle().signal(taskEndedSignal, { taskId, at: new Date().toISOString() });
      await rig.until('the reserve has filled the slots', async () => (await started()) === 14);
      assert.equal(asked, 2, 'no end throws the poll away');
      answer(tasks.slice(7));
      await rig.until('the frontend is asked once more', () => asked === 3);
      const { events } = await handle().fetchHistory();
      assert.ok(!events?.some((event) => event.activityTaskCancelRequestedEventAttributes), 'it was waited for');
    });
  });
});

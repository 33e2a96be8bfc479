import assert from 'node:assert/strict';
import type { DispatchView, TaskFacts } from '../../src/contracts/dispatch.js';
import { createPollActivities } from '../../src/activities/polling.js';
import { propose } from '../../src/domain/poll-proposal.js';
import { activityContext } from '../support/activity.js';
import { type FakePorts, fakePorts, givenView } from '../support/fake-ports.js';
import { inFastTime } from '../support/fast-time.js';
import { givenLimits, givenTask } from '../support/given-tasks.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const limits = givenLimits(2);

function tasks(...ids: readonly string[]): readonly TaskFacts[] {
  return ids.map((taskId) => givenTask({ taskId }));
}

function look(
  listed: readonly string[],
  view: Partial<DispatchView> = {},
  lost: readonly string[] = [],
): { readonly candidates: readonly string[]; readonly forgotten: readonly string[]; readonly news: boolean } {
  const proposal = propose({ of: 'builds', listed: tasks(...listed), view: givenView(view), lost, limits, now: NOW });
  const { candidates, forgotten, news } = proposal;
  return { candidates: candidates.map((task) => task.taskId), forgotten, news };
}

function tombstone(taskId: string, times: number, secondsAgo: number): DispatchView['tombstones'][number] {
  return { taskId, end: 1, times, at: new Date(NOW - secondsAgo * 1000).toISOString() };
}

describe('propose', () => {
  it('has no news when all that is listed runs', () => {
    assert.deepEqual(look(['1', '2'], { running: tasks('1', '2') }), { candidates: [], forgotten: [], news: false });
  });

  it('has no news when the same tasks go on waiting', () => {
    assert.equal(look(['1', '2', '3', '4'], { running: tasks('1', '2'), reserve: ['3', '4'] }).news, false);
  });

  it('brings a task that a free slot waits for', () => {
    assert.deepEqual(look(['1', '2'], { running: tasks('1') }), { candidates: ['2'], forgotten: [], news: true });
  });

  it('brings a newcomer that goes before or behind those who wait, and drops who is gone', () => {
    const view = { running: tasks('1', '2'), reserve: ['3'] };
    assert.equal(look(['1', '2', '3', '4'], view).news, true);
    assert.deepEqual(look(['1', '2', '9', '3'], view).candidates, ['9', '3']);
    assert.equal(look(['1', '2'], view).news, true);
  });

  it('counts only its own order of actions', () => {
    const listed = [givenTask({ taskId: '1', priority: 9 }), givenTask({ taskId: '2', priority: -9 })];
    const proposal = propose({ of: 'actions', listed, view: givenView(), lost: [], limits, now: NOW });
    assert.deepEqual(
      proposal.candidates.map((task) => task.taskId),
      ['2', '1'],
    );
  });

  it('forgets the end of a task that the frontend has dropped', () => {
    const view = { tombstones: [tombstone('1', 1, 10)] };
    assert.deepEqual(look([], view), { candidates: [], forgotten: ['1'], news: true });
  });

  it('tries a task again at once when it ended the first time and is listed again', () => {
    assert.deepEqual(look(['1'], { tombstones: [tombstone('1', 1, 0)] }).candidates, ['1']);
  });

  it('lets a task that ends again and again wait before it is tried once more', () => {
    assert.deepEqual(look(['1'], { tombstones: [tombstone('1', 4, 39)] }), {
      candidates: [],
      forgotten: [],
      news: false,
    });
    assert.deepEqual(look(['1'], { tombstones: [tombstone('1', 4, 40)] }).candidates, ['1']);
  });

  it('gives the slot of a task whose workflow is gone to it again, for it is still listed', () => {
    const found = look(['1', '2', '3'], { running: tasks('1', '2') }, ['1']);
    assert.deepEqual(found, { candidates: ['1', '3'], forgotten: [], news: true });
  });

  it('tells the dispatcher of a limit that an operator changed', () => {
    const view = { running: tasks('1', '2'), limits: givenLimits(3) };
    assert.equal(look(['1', '2'], view).news, true);
  });
});

type Polled = ReturnType<ReturnType<typeof createPollActivities>['pollTasks']>;

function poll(ports: FakePorts, of: 'builds' | 'actions' = 'builds', env = activityContext()): Polled {
  const { pollTasks } = createPollActivities(ports.deps);
  return inFastTime(() => env.run(pollTasks, { of, generation: 1 }));
}

describe('pollTasks', () => {
  it('brings what the frontend lists, and what the dispatcher had told it before it asked', async () => {
    const view = givenView({ lastEnd: 41 });
    const ports = fakePorts({
      frontend: { pendingBuilds: () => Promise.resolve(tasks('1', '2', '3')) },
      messages: { dispatchView: () => Promise.resolve(view) },
    });
    const result = await poll(ports);
    assert.deepEqual(
      result?.candidates.map((task) => task.taskId),
      ['1', '2', '3'],
    );
    assert.deepEqual([result.knownEnd, result.listed, result.lost], [41, 3, []]);
    assert.deepEqual([result.limits, result.pause, result.storage], [givenLimits(2), 5, 'main']);
    const order = ports.names().filter((name) => !name.startsWith('observer.'));
    assert.deepEqual(order.slice(0, 2), ['messages.dispatchView', 'frontend.pendingBuilds']);
  });

  it('ends without a word when the dispatcher is at another generation, or gone', async () => {
    for (const view of [givenView({ generation: 2 }), null]) {
      const ports = fakePorts({
        frontend: { pendingBuilds: () => Promise.resolve(tasks('1')) },
        messages: { dispatchView: () => Promise.resolve(view) },
      });
      assert.equal(await poll(ports), null);
      assert.deepEqual(ports.calls('frontend', 'pendingBuilds'), []);
    }
  });

  it('looks again every sleeptime until there is news', async () => {
    const lists = [[], [], tasks('1')];
    const ports = fakePorts({ frontend: { pendingActions: () => Promise.resolve(lists.shift() ?? []) } });
    assert.equal((await poll(ports, 'actions'))?.listed, 1);
    assert.equal(ports.calls('frontend', 'pendingActions').length, 3);
    assert.equal(ports.calls('messages', 'dispatchView').length, 3);
  });

  it('returns after a minute without news, so that the dispatcher sees it alive', async () => {
    const ports = fakePorts();
    assert.equal(await poll(ports), null);
    assert.equal(ports.calls('frontend', 'pendingBuilds').length, 13);
  });

  it('finds the tasks whose workflow an operator has terminated, all of them in turn', async () => {
    const running = Array.from({ length: 25 }, (_, index) => givenTask({ taskId: String(index) }));
    const ports = fakePorts({
      settings: { admission: () => ({ builds: givenLimits(25), actions: givenLimits(2), pause: 5 }) },
      frontend: { pendingBuilds: () => Promise.resolve(running) },
      messages: {
        dispatchView: () => Promise.resolve(givenView({ running, limits: givenLimits(25) })),
        isOpen: (workflowId) => Promise.resolve(workflowId !== 'build/24'),
      },
    });
    const result = await poll(ports);
    assert.deepEqual(result?.lost, ['24']);
    assert.deepEqual(
      result.candidates.map((task) => task.taskId),
      ['24'],
    );
  });

  it('lets go when its worker is told to', async () => {
    const env = activityContext();
    const ports = fakePorts({
      frontend: {
        pendingBuilds: () => {
          env.cancel('WORKER_SHUTDOWN');
          return Promise.resolve([]);
        },
      },
    });
    await assert.rejects(poll(ports, 'builds', env));
    assert.equal(ports.calls('frontend', 'pendingBuilds').length, 1);
  });

  it('says nothing when the frontend has no whole list: no answer is not an empty one', async () => {
    const down = new Error('down');
    const ports = fakePorts({ frontend: { pendingBuilds: () => Promise.reject(down) } });
    await assert.rejects(poll(ports), (error) => error === down);
  });
});

describe('awaitCancelRequests', () => {
  it('waits for the first requests and hands over a batch', async () => {
    const many = Array.from({ length: 250 }, (_, index) => String(index));
    const answers = [[], [], many];
    const ports = fakePorts({ frontend: { cancelRequests: () => Promise.resolve(answers.shift() ?? []) } });
    const { awaitCancelRequests } = createPollActivities(ports.deps);
    const { taskIds }: Awaited<ReturnType<typeof awaitCancelRequests>> = await inFastTime(() =>
      activityContext().run(() => awaitCancelRequests({ generation: 1 })),
    );
    assert.deepEqual(taskIds, many.slice(0, 200));
  });
});

describe('confirmCancelRequests', () => {
  it('confirms each, and says which ran', async () => {
    const ports = fakePorts();
    const { confirmCancelRequests } = createPollActivities(ports.deps);
    const requests = [
      { taskId: '7', running: true },
      { taskId: '8-fedora-42-x86_64', running: false },
    ];
    await activityContext().run(confirmCancelRequests, { requests });
    assert.deepEqual(ports.calls('frontend', 'confirmCancel'), [
      ['7', true],
      ['8-fedora-42-x86_64', false],
    ]);
  });
});

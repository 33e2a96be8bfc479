import assert from 'node:assert/strict';
import type { DispatchView, RunningTask, TaskFacts } from '../../../src/contracts/dispatch/dispatch.js';
import { createPollActivities } from '../../../src/activities/dispatch/poll.js';
import { propose } from '../../../src/domain/dispatch/poll-proposal.js';
import type { Frontend } from '../../../src/ports/frontend.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext } from '../../support/activity.js';
import { DIGEST, type FakePorts, fakePorts, givenBuildTask, givenView } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';
import { givenLimits, givenRunning, givenTask } from '../../support/given-tasks.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const limits = givenLimits(2);

function tasks(...ids: readonly string[]): readonly TaskFacts[] {
  return ids.map((taskId) => givenTask({ taskId }));
}

function running(...ids: readonly string[]): DispatchView['running'] {
  return tasks(...ids).map(givenRunning);
}

function look(
  listed: readonly string[],
  view: Partial<DispatchView> = {},
  lost: readonly string[] = [],
  held: readonly string[] = [],
): { readonly candidates: readonly string[]; readonly forgotten: readonly string[]; readonly news: boolean } {
  const known = { view: givenView(view), lost, held: new Set(held), limits, now: NOW };
  const proposal = propose({ of: 'builds', listed: tasks(...listed), ...known });
  const { candidates, forgotten, news } = proposal;
  return { candidates: candidates.map((task) => task.taskId), forgotten, news };
}

function tombstone(taskId: string, times: number, secondsAgo: number): DispatchView['tombstones'][number] {
  return { taskId, end: 1, times, at: new Date(NOW - secondsAgo * 1000).toISOString() };
}

describe('propose', () => {
  it('has no news when all that is listed runs', () => {
    assert.deepEqual(look(['1', '2'], { running: running('1', '2') }), { candidates: [], forgotten: [], news: false });
  });

  it('has no news when the same tasks go on waiting', () => {
    assert.equal(look(['1', '2', '3', '4'], { running: running('1', '2'), reserve: ['3', '4'] }).news, false);
  });

  it('brings a task that a free slot waits for', () => {
    assert.deepEqual(look(['1', '2'], { running: running('1') }), { candidates: ['2'], forgotten: [], news: true });
  });

  it('brings a newcomer that goes before or behind those who wait, and drops who is gone', () => {
    const view = { running: running('1', '2'), reserve: ['3'] };
    assert.equal(look(['1', '2', '3', '4'], view).news, true);
    assert.deepEqual(look(['1', '2', '9', '3'], view).candidates, ['9', '3']);
    assert.equal(look(['1', '2'], view).news, true);
  });

  it('counts only its own order of actions', () => {
    const listed = [givenTask({ taskId: '1', priority: 9 }), givenTask({ taskId: '2', priority: -9 })];
    const proposal = propose({
      ...{ of: 'actions', listed, view: givenView(), lost: [], held: new Set<string>(), limits, now: NOW },
    });
    assert.deepEqual(
      proposal.candidates.map((task) => task.taskId),
      ['2', '1'],
    );
  });

  it('offers nothing that is held, and has no news of it', () => {
    assert.deepEqual(look(['1', '2'], {}, [], ['1']).candidates, ['2']);
    assert.deepEqual(look(['1'], {}, [], ['1']), { candidates: [], forgotten: [], news: false });
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
    const found = look(['1', '2', '3'], { running: running('1', '2') }, ['1']);
    assert.deepEqual(found, { candidates: ['1', '3'], forgotten: [], news: true });
  });

  it('tells the dispatcher of a limit that an operator changed', () => {
    const view = { running: running('1', '2'), limits: givenLimits(3) };
    assert.equal(look(['1', '2'], view).news, true);
  });
});

type Polled = ReturnType<ReturnType<typeof createPollActivities>['pollTasks']>;

function poll(ports: FakePorts, of: 'builds' | 'actions' = 'builds', env = activityContext()): Polled {
  const { pollTasks } = createPollActivities(ports.deps);
  return inFastTime(() => env.run(pollTasks, { of }));
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

  it('asks nobody when the dispatcher is gone', async () => {
    const ports = fakePorts({ messages: { dispatchView: () => Promise.resolve(null) } });
    assert.equal(await poll(ports), null);
    assert.deepEqual(ports.calls('frontend', 'pendingBuilds'), []);
  });

  it('is one look: without news the dispatcher hears so at once', async () => {
    const ports = fakePorts();
    assert.equal(await poll(ports), null);
    assert.equal(ports.calls('frontend', 'pendingBuilds').length, 1);
  });

  it('brings no more of a cold start than one answer carries, and says that there is more', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => String(index));
    const ports = fakePorts({
      settings: { admission: () => ({ builds: givenLimits(2500), actions: givenLimits(2), pause: 5, digest: DIGEST }) },
      frontend: { pendingBuilds: () => Promise.resolve(tasks(...many)) },
    });
    const result = await poll(ports);
    assert.equal(result?.isCut, true);
    assert.deepEqual(
      result.candidates.map((task) => task.taskId),
      many.slice(0, 500),
    );
  });

  it('finds out what runs for a dispatcher without a memory, before anything is proposed', async () => {
    const ports = fakePorts({
      frontend: { pendingBuilds: () => Promise.resolve(tasks('1', '2', '3')) },
      messages: {
        dispatchView: () => Promise.resolve(givenView({ knowsWhatRuns: false })),
        isOpen: (workflowId) => Promise.resolve(workflowId !== 'build/3'),
      },
    });
    const result = await poll(ports);
    assert.deepEqual(result?.found, tasks('1', '2'));
    assert.deepEqual(
      result.candidates.map((task) => task.taskId),
      ['3'],
      'both slots are taken, the third one is only in reserve',
    );
  });

  it('takes none for lost that nobody has seen start', async () => {
    const ports = fakePorts({
      frontend: { pendingBuilds: () => Promise.resolve(tasks('1', '2')) },
      messages: {
        dispatchView: () => {
          const [starting, started] = tasks('1', '2').map(givenRunning) as [RunningTask, RunningTask];
          return Promise.resolve(givenView({ running: [{ ...starting, isStarted: false }, started] }));
        },
        isOpen: () => Promise.resolve(false),
      },
    });
    assert.deepEqual((await poll(ports))?.lost, ['2']);
  });

  it('proposes with the limits of the poller that counts, and says once that its own are others', async () => {
    const at = new Date().toISOString();
    const view = givenView({
      limits: givenLimits(1),
      pause: 7,
      limitsFrom: { poller: 'poller@elsewhere/1', digest: 'other', at },
    });
    const ports = fakePorts({
      frontend: { pendingBuilds: () => Promise.resolve(tasks('1', '2')) },
      messages: { dispatchView: () => Promise.resolve(view) },
    });
    const result = await poll(ports);
    assert.deepEqual([result?.limits, result?.pause, result?.limitsFrom], [givenLimits(1), 7, view.limitsFrom]);
    assert.equal(ports.calls('log', 'warn').length, 1);
  });

  it('finds the tasks whose workflow an operator has terminated, all of them in turn', async () => {
    const running = Array.from({ length: 25 }, (_, index) => givenRunning(givenTask({ taskId: String(index) })));
    const ports = fakePorts({
      settings: { admission: () => ({ builds: givenLimits(25), actions: givenLimits(2), pause: 5, digest: DIGEST }) },
      frontend: { pendingBuilds: () => Promise.resolve(running) },
      messages: {
        dispatchView: () => Promise.resolve(givenView({ running, limits: givenLimits(25) })),
        isOpen: (workflowId) => Promise.resolve(workflowId !== 'build/24'),
      },
    });
    const { pollTasks } = createPollActivities(ports.deps);
    const look = (): Polled => inFastTime(() => activityContext().run(pollTasks, { of: 'builds' as const }));
    assert.deepEqual([await look(), await look()], [null, null]);
    const result = await look();
    assert.deepEqual(result?.lost, ['24']);
    assert.deepEqual(
      result.candidates.map((task) => task.taskId),
      ['24'],
    );
  });

  describe('of tasks that the frontend has no record of', () => {
    const chroot = 'old-1-x86_64';
    const [first, second] = [
      givenTask({ taskId: `1-${chroot}`, chroot }),
      givenTask({ taskId: `2-${chroot}`, chroot }),
    ];
    const elsewhere = givenTask({ taskId: '3-new-2-x86_64', chroot: 'new-2-x86_64' });

    function givenInactive(buildTask: Frontend['buildTask'], minutesAgo = 2): FakePorts {
      const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
      const ended = { taskId: first.taskId, end: 7, at, times: 0, as: 'inactive' } as const;
      return fakePorts({
        settings: { admission: () => ({ builds: givenLimits(5), actions: givenLimits(2), pause: 5, digest: DIGEST }) },
        frontend: { pendingBuilds: () => Promise.resolve([first, second, elsewhere]), buildTask },
        messages: { dispatchView: () => Promise.resolve(givenView({ tombstones: [ended], lastEnd: 7 })) },
      });
    }

    const asked = (ports: FakePorts): readonly string[] =>
      ports.calls('frontend', 'buildTask').map(([taskId]) => taskId);
    const proposed = async (ports: FakePorts): Promise<readonly string[]> =>
      (await poll(ports))?.candidates.map(({ taskId }) => taskId) ?? [];

    it('offers none of the chroot, and tells who watches', async () => {
      const ports = givenInactive(() => Promise.resolve(null));
      assert.deepEqual(await proposed(ports), [elsewhere.taskId]);
      assert.deepEqual(new Set(asked(ports)), new Set([first.taskId, second.taskId]));
      assert.deepEqual(
        ports.calls('observer', 'looked').map(([, { inactive }]) => inactive),
        [new Set([first.taskId, second.taskId])],
      );
    });

    it('offers them at once when there is a record', async () => {
      const ports = givenInactive((taskId) => Promise.resolve(givenBuildTask({ taskId })));
      assert.deepEqual(await proposed(ports), [first.taskId, second.taskId, elsewhere.taskId]);
    });

    it('does not ask before a minute is over, for the build has just asked', async () => {
      const ports = givenInactive((taskId) => Promise.resolve(taskId === first.taskId ? givenBuildTask() : null), 0.5);
      assert.deepEqual(await proposed(ports), [elsewhere.taskId]);
      assert.deepEqual(asked(ports), [second.taskId]);
    });

    it('offers the others when one record cannot be had, and what the frontend refuses for good to its build', async () => {
      const ports = givenInactive((taskId) =>
        taskId === first.taskId
          ? Promise.reject(new PortFailure('FrontendUnavailable', 'HTTP 500', { retryable: true }))
          : Promise.reject(new PortFailure('TaskInvalid', 'does not fit', { retryable: false })),
      );
      assert.deepEqual(await proposed(ports), [second.taskId, elsewhere.taskId]);
    });

    it('gives up with its worker', async () => {
      const env = activityContext();
      const ports = givenInactive(() => {
        env.cancel('WORKER_SHUTDOWN');
        return Promise.reject(new PortFailure('FrontendUnavailable', 'cut', { retryable: true }));
      });
      await assert.rejects(poll(ports, 'builds', env));
      assert.equal(ports.calls('observer', 'looked').length, 0);
    });
  });

  it('lets go when its worker is told to', async () => {
    const env = activityContext();
    const ports = fakePorts({
      frontend: {
        pendingBuilds: (signal) => {
          env.cancel('WORKER_SHUTDOWN');
          return signal?.aborted === true ? Promise.reject(new Error('aborted')) : Promise.resolve([]);
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

  it('tells the observer why a look failed, and blames nobody for one that its worker gave up', async () => {
    const refused = new PortFailure('FrontendRefused', 'HTTP 401', { retryable: false });
    const ports = fakePorts({ frontend: { pendingBuilds: () => Promise.reject(refused) } });
    await assert.rejects(poll(ports));
    const [[of, failure] = []] = ports.calls('observer', 'lookFailed');
    assert.deepEqual([of, failure?.code, failure?.message], ['builds', 'FrontendRefused', 'HTTP 401']);

    const env = activityContext();
    const stopped = fakePorts({
      frontend: {
        pendingBuilds: () => {
          env.cancel('WORKER_SHUTDOWN');
          return Promise.reject(new Error('aborted'));
        },
      },
    });
    await assert.rejects(poll(stopped, 'builds', env));
    assert.deepEqual(stopped.calls('observer', 'lookFailed'), []);
  });
});

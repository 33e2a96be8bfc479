import assert from 'node:assert/strict';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.js';
import {
  changeRequestedSignal,
  changesQuery,
  pauseSignal,
  projectWorkRequestedSignal,
  pruneStatusQuery,
  requestAnsweredSignal,
  lockReleasedSignal,
  locksQuery,
} from '../../src/contracts/messages.js';
import type { PruneStepInput } from '../../src/contracts/prune/prune.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import type { emptyTrash } from '../../src/workflows/project/empty-trash.js';
import type { project } from '../../src/workflows/project/project.js';
import type { pruneResults } from '../../src/workflows/prune/prune-results.js';
import type { repository } from '../../src/workflows/repository/repository.js';
import type { resign } from '../../src/workflows/signing/resign.js';
import { gate } from '../support/gate.js';
import { fakeActivities, givenPublished } from '../support/fake-activities.js';
import { withQueryAhead, type QueryAheadRig } from '../support/query-ahead.js';
import { bareWorkflowBundle, workflowBundle } from '../support/temporal.js';
import { SHORT } from '../support/workflow-rig.js';

const HOUR = 3600;
/** Nothing ends or is sent again while a test looks at it. */
const PATIENT = { ...SHORT, linger: HOUR, resend: HOUR };

/** Waits until the server has recorded the end of so many activities. */
function untilEnded(rig: QueryAheadRig, handle: WorkflowHandle, count: number): Promise<void> {
  return rig.until(`the end of activity ${count}`, async () => {
    const { events } = await handle.fetchHistory();
    const ended = events?.filter((event) => event.activityTaskCompletedEventAttributes != null) ?? [];
    return ended.length >= count;
  });
}

/** Each of them was published once, in this order. */
function assertAdded(fakes: ReturnType<typeof fakeActivities>, names: readonly string[]): void {
  assert.deepEqual(
    fakes.inputs('publishRepository').flatMap(({ run }) => run.add),
    names.map((name) => `00000001-${name}`),
  );
}

async function startRepository(
  rig: QueryAheadRig,
  changed: { readonly pace?: number; readonly eventLimit?: number; readonly taskSeconds?: number } = {},
): Promise<{
  readonly handle: WorkflowHandle<typeof repository>;
  readonly ask: (name: string) => Promise<void>;
  readonly untilAnswered: (runs: number) => Promise<void>;
}> {
  const { pace = SHORT.pace, taskSeconds = 10, ...rest } = changed;
  const handle: WorkflowHandle<typeof repository> = await rig.client.workflow.start<typeof repository>('repository', {
    workflowId: `repository/query-ahead/${rig.storage}/x`,
    taskQueue: rig.queue,
    workflowTaskTimeout: taskSeconds * 1000,
    args: [
      {
        repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
        ...{ storage: rig.storage, durations: { ...PATIENT, pace }, carried: null, ...rest },
      },
    ],
  });
  return {
    handle,
    ask: (name) =>
      handle.signal(changeRequestedSignal, {
        ...{ requestId: name, workflowId: `nobody-${rig.storage}`, runId: '' },
        change: repositoryChange('change', { add: [`00000001-${name}`] }),
      }),
    untilAnswered: (runs) =>
      rig.until(`the end of run ${runs}`, async () => {
        const status = await handle.query(changesQuery);
        return status.runs >= runs && status.waiting === 0;
      }),
  };
}

/**
 * A worker is killed; a query reaches the next one before the workflow task does, which waits on the dead worker's queue.
 * `alone` has the workflows without the interceptor that keeps apart what came later.
 */
describe('a query that is answered ahead of the workflow task', function () {
  this.timeout(600_000);
  const [alone, whole] = [bareWorkflowBundle, workflowBundle];

  function given(
    name: string,
    bundle: () => Promise<WorkflowBundle>,
    world: () => { readonly activities: Activities; readonly test: (rig: QueryAheadRig) => Promise<void> },
  ): void {
    it(name, async () => {
      let test: (rig: QueryAheadRig) => Promise<void> = () => Promise.resolve();
      const activities = (): Activities => {
        const made = world();
        ({ test } = made);
        return made.activities;
      };
      await withQueryAhead(await bundle(), activities, (rig) => test(rig));
    });
  }

  given('does not decide whether a repository in a crowd waits', alone, () => {
    const fakes = fakeActivities();
    return {
      activities: fakes.activities,
      test: async (rig) => {
        const { handle, ask, untilAnswered } = await startRepository(rig, { pace: 0.5 });
        for (const [index, name] of ['a', 'b', 'c'].entries()) {
          await ask(name);
          await untilAnswered(index + 1);
        }
        await rig.queryAhead(handle, { news: () => ask('d') });
        await untilAnswered(4);
        await rig.replay(handle);
      },
    };
  });

  given('does not decide when a repository begins anew', alone, () => {
    const fakes = fakeActivities();
    return {
      activities: fakes.activities,
      test: async (rig) => {
        const { handle, ask, untilAnswered } = await startRepository(rig, { eventLimit: 25 });
        await ask('a');
        await untilAnswered(1);
        const { runId } = await handle.describe();
        await rig.queryAhead(handle, { news: () => ask('b') });
        await untilAnswered(2);
        await rig.until('it has begun anew', async () => (await handle.describe()).runId !== runId);
        await rig.replay(handle);
      },
    };
  });

  given('leaves to the task which requests of a repository are one run', whole, () => {
    const fakes = fakeActivities();
    return {
      activities: fakes.activities,
      test: async (rig) => {
        const { handle, ask, untilAnswered } = await startRepository(rig);
        await ask('a');
        await untilAnswered(1);
        await rig.queryAhead(handle, { news: () => ask('b'), more: () => ask('c') });
        await untilAnswered(2);
        await ask('d');
        await untilAnswered(3);
        assertAdded(fakes, ['a', 'b', 'c', 'd']);
        await rig.replay(handle);
      },
    };
  });

  for (const task of ['held', 'timed out'] as const)
    given(`leaves to the task what came after another worker had it, ${task}`, whole, () => {
      const fakes = fakeActivities();
      return {
        activities: fakes.activities,
        test: async (rig) => {
          const { handle, ask, untilAnswered } = await startRepository(rig, { taskSeconds: 2 });
          await ask('a');
          await untilAnswered(1);
          await rig.queryAfterHandout(handle, task, { news: () => ask('b'), more: () => ask('c') });
          await untilAnswered(2);
          await ask('d');
          await untilAnswered(3);
          assertAdded(fakes, ['a', 'b', 'c', 'd']);
          await rig.replay(handle);
        },
      };
    });

  given('leaves to the task what came behind the end of a publication', whole, () => {
    const published = gate();
    const fakes = fakeActivities({ publishRepository: () => published.passed.then(() => givenPublished()) });
    return {
      activities: fakes.activities,
      test: async (rig) => {
        const { handle, ask, untilAnswered } = await startRepository(rig);
        await ask('a');
        await rig.until('it is published', () => fakes.inputs('publishRepository').length === 1);
        const news = async (): Promise<void> => {
          published.open();
          await untilEnded(rig, handle, 1);
        };
        await rig.queryAhead(handle, { news, more: () => ask('b') });
        await untilAnswered(2);
        await rig.replay(handle);
      },
    };
  });

  given('does not decide when a project begins anew', alone, () => ({
    activities: fakeActivities().activities,
    test: async (rig) => {
      const { handle, ask, end, untilTurnOf } = await startProject(rig, { eventLimit: 20 });
      await ask('first');
      await untilTurnOf('first');
      await ask('second');
      await rig.queryAhead(handle, { news: () => end('first') });
      await untilTurnOf('second');
      await rig.until('it has begun anew', async () => (await handle.describe()).runId !== handle.firstExecutionRunId);
      await rig.replay(handle);
    },
  }));

  given('leaves to the task whose lock it is at a project', whole, () => ({
    activities: fakeActivities().activities,
    test: async (rig) => {
      const { handle, ask, end, untilTurnOf } = await startProject(rig);
      await ask('first');
      await untilTurnOf('first');
      for (const name of ['second', 'third']) await ask(name);
      await rig.queryAhead(handle, { news: () => end('first'), more: () => end('second') });
      await untilTurnOf('third');
      await rig.replay(handle);
    },
  }));

  given('leaves to the task who waits for a key that was made', whole, () => {
    const made = gate();
    const fakes = fakeActivities({ ensureKey: () => made.passed });
    return {
      activities: fakes.activities,
      test: async (rig) => {
        const { handle, askForKey } = await startProject(rig);
        await askForKey('first');
        await rig.until('the key is asked for', () => fakes.inputs('ensureKey').length === 1);
        const news = async (): Promise<void> => {
          made.open();
          await untilEnded(rig, handle, 1);
        };
        await rig.queryAhead(handle, { news, more: () => askForKey('second') });
        await rig.until('nobody waits', async () => (await handle.query(locksQuery)).keysWaiting === 0);
        await rig.replay(handle);
      },
    };
  });

  given('does not decide when a prune run begins anew', alone, () => {
    const { activities, asked } = givenPruning();
    return {
      activities,
      test: async (rig) => {
        const { handle, answer } = await startPruning(rig, { eventLimit: 40 });
        await rig.until('two steps', () => asked().length === 2);
        await answer(asked()[0]);
        await rig.until('three steps', () => asked().length === 3);
        await rig.queryAhead(handle, { news: () => answer(asked()[1]) });
        await rig.until(
          'it has begun anew',
          async () => (await handle.describe()).runId !== handle.firstExecutionRunId,
        );
        await rig.replay(handle);
      },
    };
  });

  given('leaves to the task how far a prune run is', whole, () => {
    const { activities, asked } = givenPruning();
    return {
      activities,
      test: async (rig) => {
        const { handle, answer } = await startPruning(rig);
        await rig.until('two steps', () => asked().length === 2);
        const more = async (): Promise<void> => {
          await handle.signal(pauseSignal, { by: 'an operator' });
          await answer(asked()[1]);
        };
        await rig.queryAhead(handle, { news: () => answer(asked()[0]), more });
        await rig.until('it is paused', async () => (await handle.query(pruneStatusQuery)).stage === 'paused');
        assert.equal(asked().length, 2);
        await handle.signal(pauseSignal, { by: null });
        await rig.until('two more steps', () => asked().length === 4);
        await rig.replay(handle);
      },
    };
  });

  given('does not decide when a signing anew begins anew', alone, () => {
    const { activities, locks } = givenSigning();
    return {
      activities,
      test: async (rig) => {
        const { handle, answer } = await startSigning(rig, { eventLimit: 40 });
        await rig.until('a lock is asked for', () => locks().length === 1);
        await rig.queryAhead(handle, { news: () => answer(locks()[0]) });
        await rig.until('the next lock is asked for', () => locks().length === 2);
        await answer(locks()[1]);
        await rig.until(
          'it has begun anew',
          async () => (await handle.describe()).runId !== handle.firstExecutionRunId,
        );
        await rig.replay(handle);
      },
    };
  });

  given('leaves to the task whether a signing anew is paused', whole, () => {
    const { activities, locks, published } = givenSigning();
    return {
      activities,
      test: async (rig) => {
        const { handle, answer } = await startSigning(rig);
        await rig.until('a lock is asked for', () => locks().length === 1);
        const more = async (): Promise<void> => {
          await handle.signal(pauseSignal, { by: 'an operator' });
          await handle.cancel();
        };
        await rig.queryAhead(handle, { news: () => answer(locks()[0]), more });
        // A batch that was stopped may have put packages in place: the metadata follows.
        await rig.until('the metadata is asked for', () => published().length === 1);
        await answer(published()[0]);
        await assert.rejects(handle.result());
        await rig.replay(handle);
      },
    };
  });

  for (const [what, bundle] of [
    ['alone', alone],
    ['with a cancel before the task', whole],
  ] as const)
    given(`does not decide when a round in the trash begins anew, ${what}`, bundle, () => {
      const looked = gate();
      const fakes = fakeActivities({
        emptyTrash: () => looked.passed.then(() => ({ removed: 7, done: fakes.inputs('emptyTrash').length % 2 === 0 })),
      });
      return {
        activities: fakes.activities,
        test: async (rig) => {
          const handle = await rig.client.workflow.start<typeof emptyTrash>('emptyTrash', {
            workflowId: `trash/query-ahead/${rig.storage}`,
            taskQueue: rig.queue,
            args: [{ storage: rig.storage, durations: PATIENT, eventLimit: 6 }],
          });
          await rig.until('it looks', () => fakes.inputs('emptyTrash').length === 1);
          const news = async (): Promise<void> => {
            looked.open();
            await untilEnded(rig, handle, 1);
          };
          const isCanceled = bundle === whole;
          const more = async (): Promise<void> => {
            await handle.cancel();
          };
          await rig.queryAhead(handle, { news, more: isCanceled ? more : undefined });
          if (isCanceled) await assert.rejects(handle.result());
          else assert.deepEqual(await handle.result(), { removed: 14 });
          await rig.replay(handle);
        },
      };
    });
});

async function startProject(
  rig: QueryAheadRig,
  rest: { readonly eventLimit?: number } = {},
): Promise<{
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof project>;
  readonly ask: (name: string) => Promise<void>;
  readonly askForKey: (name: string) => Promise<void>;
  readonly end: (name: string) => Promise<void>;
  readonly untilTurnOf: (name: string) => Promise<void>;
}> {
  const { client, storage, queue } = rig;
  const handle = await client.workflow.start<typeof project>('project', {
    workflowId: `project/query-ahead/${storage}`,
    taskQueue: queue,
    args: [
      { ...{ project: { owner: 'jdoe', project: 'hello' }, storage, durations: PATIENT, carried: null }, ...rest },
    ],
  });
  const idOf = (name: string): string => `requester/${name}/${storage}`;
  return {
    handle,
    ask: async (name) => {
      // Somebody who can be told, and whom no worker runs.
      const { firstExecutionRunId: runId } = await client.workflow.start('requester', {
        ...{ workflowId: idOf(name), taskQueue: `${queue}-nobody`, workflowExecutionTimeout: '5m', args: [] },
      });
      const requester = { requestId: name, workflowId: idOf(name), runId };
      await handle.signal(projectWorkRequestedSignal, { ...requester, work: { kind: 'lock', purpose: 'delete' } });
    },
    askForKey: (name) =>
      handle.signal(projectWorkRequestedSignal, {
        ...{ requestId: name, workflowId: `nobody-${storage}`, runId: '' },
        work: { kind: 'ensureKey', dirname: 'hello' },
      }),
    end: (name) => handle.signal(lockReleasedSignal, { requestId: name }),
    untilTurnOf: (name) =>
      rig.until(
        `the lock of ${name}`,
        async () => (await handle.query(locksQuery)).locks[0]?.workflowId === idOf(name),
      ),
  };
}

/** A plan of many directories; each step has something to ask for. */
function givenPruning(): { readonly activities: Activities; readonly asked: () => readonly PruneStepInput[] } {
  const fakes = fakeActivities({
    requestPruning: ({ at }) =>
      Promise.resolve({
        ...{ repository: { owner: 'o', dirname: 'd', chroot: `c${at.line}` }, asked: 10, gone: 0, kept: 0 },
        ...{ unfinished: null, next: { section: null, line: at.line + 1 } },
      }),
  });
  return { activities: fakes.activities, asked: () => fakes.inputs('requestPruning') };
}

async function startPruning(
  rig: QueryAheadRig,
  rest: { readonly eventLimit?: number } = {},
): Promise<{
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof pruneResults>;
  readonly answer: (step: PruneStepInput | undefined) => Promise<void>;
}> {
  const handle = await rig.client.workflow.start<typeof pruneResults>('pruneResults', {
    workflowId: `prune/query-ahead/${rig.storage}`,
    taskQueue: rig.queue,
    args: [
      {
        ...{ plan: { file: 'x.plan', count: 1000, sha256: 'x' }, parallel: 2, stepLines: 10 },
        ...{ storage: rig.storage, durations: PATIENT, carried: null, ...rest },
      },
    ],
  });
  return { handle, answer: (step) => answerTo(handle, step?.requestId) };
}

function givenSigning(): {
  readonly activities: Activities;
  readonly locks: () => readonly { readonly requestId: string }[];
  readonly published: () => readonly { readonly requestId: string }[];
} {
  const fakes = fakeActivities({
    requestKey: () => Promise.resolve(),
    planResign: () => Promise.resolve({ chroots: [{ chroot: 'fedora-42-x86_64', builds: 30, devel: false }] }),
    resignBuilds: ({ after }) =>
      Promise.resolve({
        ...{ after: `0000000${Number(after?.slice(7, 8) ?? 0) + 1}-a`, builds: 1, signed: 0, failed: 0 },
        ...{ failures: [], isReplaced: false },
      }),
  });
  return {
    activities: fakes.activities,
    locks: () => fakes.inputs('requestLock'),
    published: () => fakes.inputs('requestRepositories').flatMap(({ requests }) => requests),
  };
}

async function startSigning(
  rig: QueryAheadRig,
  rest: { readonly eventLimit?: number } = {},
): Promise<{
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof resign>;
  readonly answer: (asked: { readonly requestId: string } | undefined) => Promise<void>;
}> {
  const handle = await rig.client.workflow.start<typeof resign>('resign', {
    workflowId: `resign/query-ahead/${rig.storage}`,
    taskQueue: rig.queue,
    args: [
      {
        ...{ target: { owner: 'jdoe', dirname: 'hello' }, chroots: null, storage: rig.storage, durations: PATIENT },
        ...{ carried: null, ...rest },
      },
    ],
  });
  await answerTo(handle, `${handle.firstExecutionRunId}/1`); // its key
  return { handle, answer: (asked) => answerTo(handle, asked?.requestId) };
}

async function answerTo(handle: WorkflowHandle, requestId: string | undefined): Promise<void> {
  assert.ok(requestId !== undefined);
  await handle.signal(requestAnsweredSignal, { requestId, failure: null });
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { acquireFileLock } from '../../src/adapters/process/file-lock.js';
import type { Activities } from '../../src/contracts/activities.js';
import type { BuildOutcome } from '../../src/contracts/build/build.js';
import { storageQueues } from '../../src/contracts/names/task-queues.js';
import { processIdentity } from '../../src/workers/process-identity.js';
import { takeOverFromTheDead } from '../../src/workers/take-over.js';
import { fakeActivities, untilStopped } from '../support/fake-activities.js';
import { givenDirectory } from '../support/given-directory.js';
import { pauseWorkflow } from '../support/paused.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

const QUIET: Parameters<typeof takeOverFromTheDead>[0]['log'] = {
  info: () => undefined,
  warn: (...said: unknown[]) => assert.fail(JSON.stringify(said)),
};
const never = new AbortController().signal;
/** Of a process that cannot be: pids end far below. */
const GONE = processIdentity('all').replace(/\/\d+\.\d+$/, '/999999999.1');

/** A worker for one queue of activities, and what ends it without waiting for them. */
async function workerOf(taskQueue: string, identity: string, activities: Activities): Promise<() => Promise<void>> {
  // One connection has at most one worker a queue, as one process does.
  const connection = await NativeConnection.connect({ address: (await temporal()).address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    identity,
    activities,
    maxConcurrentActivityTaskExecutions: 1, // the one that hangs keeps it from taking more
    shutdownForceTime: '1s',
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}

/**
 * The same client, whose first description of a workflow is held between the server and who asked for it: what it says
 * may be true no more. `held` resolves when it is.
 */
function heldBack(
  client: Client,
  workflowId: string,
  until: Promise<void>,
): { readonly client: Client; readonly held: Promise<void> } {
  let isFirst = true;
  let isHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => (isHeld = resolve));
  const workflow = Object.assign(Object.create(client.workflow) as Client['workflow'], {
    getHandle: (...of: Parameters<Client['workflow']['getHandle']>) => {
      const handle = client.workflow.getHandle(...of);
      const describe = async (): ReturnType<typeof handle.describe> => {
        const description = await handle.describe();
        if (handle.workflowId === workflowId && isFirst) {
          isFirst = false;
          isHeld();
          await until;
        }
        return description;
      };
      return Object.assign(Object.create(handle) as typeof handle, { describe });
    },
  });
  const around = Object.create(client, { workflow: { value: workflow } }) as Client;
  return { client: around, held };
}

type Began = { readonly attempt: number; readonly by: string };

/** Follows a build: the dead one says nothing any more, the living one beats until it is told to end. */
function following(began: Began[], by: 'the dead' | 'the living', end: Promise<void>): Activities {
  return fakeActivities({
    followBuild: async () => {
      const { info } = Context.current();
      began.push({ attempt: info.attempt, by });
      if (by === 'the dead') return untilStopped();
      const beat = setInterval(() => Context.current().heartbeat(), 100);
      await end;
      clearInterval(beat);
      return { logBytes: 1, timedOut: false };
    },
  }).activities;
}

describe('work of a worker that is gone', function () {
  this.timeout(60_000);
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  let lockFile: string;
  before(async () => {
    home = await givenDirectory();
    lockFile = path.join(home.path, 'state/take-over.lock');
  });
  after(() => home.remove());

  for (const isPaused of [false, true])
    it(`goes on when the next worker starts, and not only at the end of its time limit${isPaused ? ', also when its workflow was paused' : ''}`, async function () {
      const storage = `test-${randomUUID().slice(0, 8)}`;
      const began: { attempt: number; by: string }[] = [];
      const begins = (by: string, answer: () => ReturnType<Activities['beginBuild']>): Activities =>
        fakeActivities({
          beginBuild: () => {
            began.push({ attempt: Context.current().info.attempt, by });
            return answer();
          },
        }).activities;
      const failure = { code: 'TaskUnknown', message: 'gone' } as const;
      await withRig(fakeActivities().activities, async ({ client, queue, until }) => {
        // beginBuild has five minutes and no heartbeat: without help the test would end before its second attempt.
        const endDead = await workerOf(
          storageQueues(storage).steps,
          GONE,
          begins('the dead', () => untilStopped()),
        );
        const build = await client.workflow.start('build', {
          workflowId: `build/take-over-${storage}`,
          taskQueue: queue,
          args: [{ taskId: '7-custom-1-x86_64', storage, durations: SHORT }],
        });
        await until('the dead worker has it', () => began.length === 1);
        const pause = isPaused ? await pauseWorkflow(client, build.workflowId) : null;
        if (isPaused && pause === null) {
          await Promise.all([build.terminate(), endDead()]);
          return this.skip(); // an older server
        }
        const endLiving = await workerOf(
          storageQueues(storage).steps,
          processIdentity('all'),
          begins('the living', () => Promise.resolve({ start: false, facts: null, failure })),
        );
        try {
          await takeOverFromTheDead({ client, log: QUIET, lockFile, signal: never });
          await pause?.unpause();
          const outcome = (await build.result()) as BuildOutcome;
          assert.equal(outcome.result, 'refused');
          assert.deepEqual(began, [
            { attempt: 1, by: 'the dead' },
            { attempt: 2, by: 'the living' },
          ]);
        } finally {
          await Promise.all([endLiving(), endDead()]);
        }
      });
    });

  it('leaves the work of living workers alone', async () => {
    const storage = `test-${randomUUID().slice(0, 8)}`;
    const attempts: number[] = [];
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { activities } = fakeActivities({
      beginBuild: async () => {
        attempts.push(Context.current().info.attempt);
        await held;
        return { start: false, facts: null, failure: { code: 'TaskUnknown', message: 'gone' } };
      },
    });
    await withRig(fakeActivities().activities, async ({ client, queue, until }) => {
      const end = await workerOf(storageQueues(storage).steps, processIdentity('all'), activities);
      const build = await client.workflow.start('build', {
        workflowId: `build/left-alone-${storage}`,
        taskQueue: queue,
        args: [{ taskId: '7-custom-1-x86_64', storage, durations: SHORT }],
      });
      try {
        await until('it has begun', () => attempts.length === 1);
        await takeOverFromTheDead({ client, log: QUIET, lockFile, signal: never });
        letGo();
        await build.result();
        assert.deepEqual(attempts, [1]);
      } finally {
        await end();
      }
    });
  });

  /** A build that a dead worker follows, and a living worker that would. `meanwhile` begins with it in dead hands. */
  async function followedByTheDead(
    heartbeat: number,
    meanwhile: (world: {
      readonly client: Client;
      readonly workflowId: string;
      readonly began: readonly Began[];
      readonly until: Parameters<Parameters<typeof withRig>[1]>[0]['until'];
      readonly comeAlive: () => Promise<void>;
    }) => Promise<void>,
  ): Promise<readonly Began[]> {
    const began: Began[] = [];
    const storage = `test-${randomUUID().slice(0, 8)}`;
    const { follow, steps } = storageQueues(storage);
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    await withRig(fakeActivities().activities, async ({ client, queue, until }) => {
      const ends = [
        await workerOf(steps, processIdentity('all'), fakeActivities().activities),
        await workerOf(follow, GONE, following(began, 'the dead', ended)),
      ];
      const build = await client.workflow.start('build', {
        workflowId: `build/followed-${storage}`,
        taskQueue: queue,
        args: [
          { taskId: '7-custom-1-x86_64', storage, durations: { ...SHORT, heartbeat, retryFirst: 1, retryLongest: 1 } },
        ],
      });
      try {
        await until('the dead worker has it', () => began.length === 1);
        const comeAlive = async (): Promise<void> => {
          ends.push(await workerOf(follow, processIdentity('all'), following(began, 'the living', ended)));
        };
        await meanwhile({ client, workflowId: build.workflowId, began, until, comeAlive });
      } finally {
        end();
        await build.terminate('the test is over').catch(() => undefined);
        await Promise.all(ends.map((stop) => stop()));
      }
    });
    return began;
  }

  it('is not taken from the living worker that has it meanwhile, by one that saw it in dead hands', async () => {
    const began = await followedByTheDead(2, async ({ client, workflowId, began, until, comeAlive }) => {
      let letGo = (): void => undefined;
      const late = heldBack(client, workflowId, new Promise((resolve) => (letGo = resolve)));
      const takingOver = takeOverFromTheDead({ client: late.client, log: QUIET, lockFile, signal: never });
      try {
        await late.held;
        // The heartbeat timeout of the dead worker's attempt, and the next attempt.
        await comeAlive();
        await until('the living worker has it', () => began.length === 2);
      } finally {
        letGo();
        await takingOver;
      }
    });
    assert.deepEqual(began, [
      { attempt: 1, by: 'the dead' },
      { attempt: 2, by: 'the living' },
    ]);
  });

  it('is given back once by two workers that start together', async () => {
    const began = await followedByTheDead(3600, async ({ client, workflowId, began, until, comeAlive }) => {
      await comeAlive();
      let letGo = (): void => undefined;
      const first = heldBack(client, workflowId, new Promise((resolve) => (letGo = resolve)));
      const second = heldBack(client, workflowId, Promise.resolve());
      const one = takeOverFromTheDead({ client: first.client, log: QUIET, lockFile, signal: never });
      await first.held;
      const other = takeOverFromTheDead({ client: second.client, log: QUIET, lockFile, signal: never });
      try {
        // It has to wait: who gives back first would hand the activity to the living worker, and the other take it away.
        const lock = await acquireFileLock(lockFile, AbortSignal.timeout(500));
        await lock?.release();
        assert.equal(lock, null, 'nobody else looks meanwhile');
        assert.equal(began.length, 1);
        letGo();
        await second.held;
        await until('the living worker has it', () => began.length === 2);
      } finally {
        letGo();
        await Promise.all([one, other]);
      }
    });
    assert.deepEqual(began, [
      { attempt: 1, by: 'the dead' },
      { attempt: 2, by: 'the living' },
    ]);
  });
});

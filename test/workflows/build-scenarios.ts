import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/contracts/activities.js';
import type { BuildOutcome } from '../../src/contracts/build/build.js';
import type { Durations } from '../../src/contracts/durations.js';
import type { FailureFact } from '../../src/contracts/failures/failure-codes.js';
import type { BuildInput } from '../../src/contracts/inputs.js';
import {
  buildStatusQuery,
  cancelReasonSignal,
  requestAnsweredSignal,
  ticketTakenSignal,
  type RequestAnswer,
} from '../../src/contracts/messages.js';
import type { build } from '../../src/workflows/build/build.js';
import { outcomeOf } from '../support/outcome-of.js';
import { BUILDER, fakeActivities, givenFacts, untilCanceled } from '../support/fake-activities.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';
import { temporal } from '../support/temporal.js';

type Fakes = ReturnType<typeof fakeActivities>;
type Build = WorkflowHandle<typeof build>;

/** One path through the build workflow: what the world does, and what a user could see of it. */
export type BuildScenario = {
  readonly name: string;
  readonly taskId: string;
  /** Others than `SHORT`. */
  readonly durations?: Partial<Durations>;
  readonly reported?: BuildInput['reported'];
  readonly world: (client: Client) => Partial<Activities>;
  /** Acts while the build runs. */
  readonly meanwhile?: (build: Build, fakes: Fakes, rig: Rig) => Promise<void>;
  readonly expect: (end: { outcome: BuildOutcome | 'canceled'; fakes: Fakes; build: Build }) => Promise<void> | void;
};

/** Answers a request of the calling activity's workflow, as a repository or project would. */
export async function answer(
  client: Client,
  requestId: string,
  failure: FailureFact | null = null,
  said: Pick<RequestAnswer, 'notes'> = {},
): Promise<void> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  await handle.signal(requestAnsweredSignal, { requestId, failure, ...said });
}

/** Publishing succeeds: the request is answered as soon as it is made. */
export function published(client: Client): Pick<Activities, 'deliverResults'> {
  return {
    deliverResults: async ({ publish }) => {
      if (publish !== null) await answer(client, publish.requestId);
    },
  };
}

/** backend.log stays open at the end of the build, and is closed after everything has written into it. */
export function assertClosedLast(fakes: Fakes, writer: 'releaseBuilder'): void {
  const names = fakes.calls.map(({ name }) => name);
  assert.equal(fakes.inputs('finishBuild')[0]?.keepsLogOpen, true);
  assert.equal(names.at(-1), 'closeLog');
  assert.ok(names.includes(writer));
}

export function lost(message: string): never {
  throw ApplicationFailure.create({ message, type: 'BuilderLost', nonRetryable: true });
}

export const TASK = '7-custom-1-x86_64';
/** A build that its user may visit. */
const beginVisited: Activities['beginBuild'] = () =>
  Promise.resolve({
    start: true,
    facts: givenFacts({ userSsh: true, sign: false }),
    missing: { repository: false, key: false },
    startedOn: 1_700_000_000,
  });

/** A tool's text in a foreign language, too long for a workflow's failure. */
const FOREIGN = `bad signature ${'x'.repeat(600)} 署名😀`;

export const BUILD_SCENARIOS: readonly BuildScenario[] = [
  {
    name: 'rpm-succeeded',
    taskId: TASK,
    world: published,
    async expect({ outcome, fakes, build }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('finishBuild').length, 1);
      assert.equal(fakes.inputs('releaseBuilder').length, 0, 'the download has released the builder');
      assert.equal(fakes.inputs('finishBuild')[0]?.keepsLogOpen, undefined);
      assert.equal(fakes.inputs('closeLog').length, 0, 'nothing is left that could write into the log');
      const status = await build.query(buildStatusQuery);
      assert.equal(status.stage, 'ended');
      assert.equal(status.host, '127.0.0.1');
      assert.equal(status.resultPath, 'jdoe/hello/custom-1-x86_64/00000007-hello');
      const events = (await build.fetchHistory()).events ?? [];
      const activities = events.filter((event) => event.activityTaskScheduledEventAttributes != null).length;
      assert.ok(activities <= 9, `${activities} remote activities`);
      assert.ok(events.length <= 80, `${events.length} events`);
    },
  },
  {
    name: 'source-succeeded',
    taskId: '7',
    world: () => ({
      beginBuild: () =>
        Promise.resolve({
          start: true,
          facts: givenFacts({ taskId: '7', kind: 'source', chroot: 'srpm-builds', targetDir: '00000007', sign: false }),
          missing: { repository: false, key: false },
          startedOn: 1_700_000_000,
        }),
    }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('signResults').length, 0);
      assert.deepEqual(
        fakes.inputs('deliverResults').map(({ publish }) => publish),
        [null],
      );
    },
  },
  {
    name: 'kept-for-its-user',
    taskId: TASK,
    world: () => ({
      beginBuild: beginVisited,
    }),
    expect({ outcome, fakes }) {
      assert.equal(outcome === 'canceled' ? outcome : outcome.result, 'succeeded');
      const order = fakes.calls.map(({ name }) => name);
      assert.ok(order.indexOf('followBuild') < order.indexOf('keepForUser'));
      assert.ok(order.indexOf('keepForUser') < order.indexOf('downloadResults'));
      assert.deepEqual(
        fakes.inputs('deliverResults').map(({ publish }) => publish),
        [null],
        'nothing that its user could touch is published',
      );
    },
  },
  {
    name: 'not-kept-for-a-user-who-could-not-be-let-in',
    taskId: TASK,
    world: () => ({
      beginBuild: beginVisited,
      startRemoteBuild: () =>
        Promise.resolve({ hostKey: 'ssh-ed25519 AAAA', logBase: 0, startedOn: 1_700_000_100, userAccess: false }),
    }),
    expect({ outcome, fakes }) {
      assert.equal(outcome === 'canceled' ? outcome : outcome.result, 'succeeded');
      const order = fakes.calls.map(({ name }) => name);
      assert.ok(!order.includes('keepForUser'));
      assert.ok(order.indexOf('followBuild') < order.indexOf('downloadResults'));
    },
  },
  {
    name: 'package-failed',
    taskId: TASK,
    world: () => ({
      downloadResults: () =>
        Promise.resolve({
          built: false,
          staging: 'staged',
          released: true,
          failure: { code: 'PackageFailed', message: 'in %build: error: no such file' },
        }),
    }),
    async expect({ outcome, fakes, build }) {
      assert.equal(outcome === 'canceled' ? outcome : outcome.result, 'failed');
      assert.equal(fakes.inputs('finishBuild')[0]?.staging, 'staged', 'its logs are left for reading');
      assert.equal(fakes.inputs('acquireBuilder').length, 1, 'a failed package is not tried again');
      const { lastFailure, resultPath } = await build.query(buildStatusQuery);
      assert.equal(lastFailure?.code, 'PackageFailed');
      const error: unknown = await build.result().catch((failed: unknown) => failed);
      const message = `in %build: error: no such file (log: ${resultPath ?? ''}/builder-live.log.gz)`;
      assert.ok(error instanceof WorkflowFailedError && error.cause?.message === message, String(error));
    },
  },
  {
    name: 'prerequisites-asked',
    taskId: TASK,
    world: (client) => ({
      ...published(client),
      beginBuild: () =>
        Promise.resolve({ start: true, facts: givenFacts(), missing: { repository: true, key: true }, startedOn: 1 }),
      requestPrerequisites: async ({ repository, key }) => {
        assert.ok(repository);
        assert.ok(key);
        await answer(client, repository.requestId);
        await answer(client, key.requestId);
      },
    }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      const order = fakes.calls.map(({ name }) => name);
      assert.ok(order.indexOf('requestPrerequisites') < order.indexOf('acquireBuilder'), 'no builder waits for them');
    },
  },
  {
    name: 'prerequisite-failed',
    taskId: TASK,
    world: (client) => ({
      beginBuild: () =>
        Promise.resolve({ start: true, facts: givenFacts(), missing: { repository: true, key: false }, startedOn: 1 }),
      requestPrerequisites: async ({ repository }) => {
        assert.ok(repository);
        await answer(client, repository.requestId, { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' });
      },
    }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, {
        result: 'failed',
        failure: { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' },
      });
      assert.equal(fakes.inputs('acquireBuilder').length, 0);
    },
  },
  {
    name: 'builder-lost-then-another',
    taskId: TASK,
    world(client) {
      let follows = 0;
      let tickets = 16;
      return {
        ...published(client),
        acquireBuilder: () => Promise.resolve({ ...BUILDER, ticket: ++tickets, port: 2200 + tickets }),
        followBuild: () =>
          ++follows === 1 ? lost('Resalloc says: failed') : Promise.resolve({ logBytes: 9, timedOut: false }),
      };
    },
    async expect({ outcome, fakes, build }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.deepEqual(
        fakes.inputs('releaseBuilder').map(({ ticket, stop }) => ({ ticket, stop })),
        [{ ticket: 17, stop: true }],
      );
      assert.deepEqual(
        fakes.inputs('acquireBuilder').map(({ sandboxed }) => sandboxed),
        [true, false],
        'the second one asks for another machine',
      );
      const status = await build.query(buildStatusQuery);
      assert.equal(status.attempt, 2);
      assert.equal(status.ticket, 18);
    },
  },
  {
    name: 'doubtful-builder-given-back',
    taskId: TASK,
    world(client) {
      const suspicion = { why: 'it failed just now (BuilderUnreachable)', until: '2026-01-02T03:04:05.000Z' };
      let tickets = 17;
      return {
        ...published(client),
        acquireBuilder: () => Promise.resolve({ ...BUILDER, suspicion }),
        exchangeBuilder: ({ builder, isLast }) => {
          const other = { ...BUILDER, ticket: ++tickets, port: 2200 + tickets, name: `builder_${tickets}` };
          return Promise.resolve({ builder: isLast ? other : { ...other, suspicion }, givenBack: builder.ticket });
        },
      };
    },
    async expect({ outcome, fakes, build }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.deepEqual(
        fakes.inputs('exchangeBuilder').map(({ builder, isLast }) => [builder.ticket, isLast]),
        [
          [17, false],
          [18, true],
        ],
      );
      assert.equal(fakes.inputs('startRemoteBuild')[0]?.builder.ticket, 19);
      assert.deepEqual(
        new Map(fakes.inputs('releaseBuilder').map(({ ticket, stop }) => [ticket, stop])),
        new Map([
          [17, false],
          [18, false],
        ]),
        'every ticket but the one in use is closed, and nothing is stopped there',
      );
      assert.equal((await build.query(buildStatusQuery)).attempt, 1, 'no attempt was lost with it');
    },
  },
  {
    name: 'canceled-while-a-builder-is-exchanged',
    taskId: TASK,
    world() {
      const suspicion = { why: 'it failed just now (BuilderLost)', until: '2026-01-02T03:04:05.000Z' };
      return {
        acquireBuilder: () => Promise.resolve({ ...BUILDER, suspicion }),
        exchangeBuilder: ({ builder, isLast }) =>
          isLast
            ? untilCanceled()
            : Promise.resolve({ builder: { ...BUILDER, ticket: 18, suspicion }, givenBack: builder.ticket }),
      };
    },
    async meanwhile(build, fakes, rig) {
      await rig.until('the second exchange', () => fakes.inputs('exchangeBuilder').length === 2);
      const { waitingFor } = await build.query(buildStatusQuery);
      assert.match(waitingFor?.detail ?? '', /another one than 127\.0\.0\.1:2222: it failed just now/);
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled');
      const closed = fakes.inputs('releaseBuilder').map(({ ticket }) => ticket);
      assert.deepEqual(closed.toSorted(), [17, 18], 'no ticket stays open');
    },
  },
  {
    name: 'builders-exhausted',
    taskId: TASK,
    world() {
      let tickets = 16;
      return {
        acquireBuilder: () => Promise.resolve({ ...BUILDER, ticket: ++tickets, host: `10.0.0.${tickets}` }),
        startRemoteBuild: () => lost('gone'),
      };
    },
    expect({ outcome, fakes }) {
      assert.ok(outcome !== 'canceled' && outcome.result === 'failed');
      assert.equal(outcome.failure.code, 'BuildersExhausted');
      assert.equal(fakes.inputs('acquireBuilder').length, 3);
      assert.deepEqual(
        fakes.inputs('releaseBuilder').map(({ ticket }) => ticket),
        [17, 18, 19],
      );
    },
  },
  {
    name: 'ticket-unusable-then-good',
    taskId: TASK,
    world(client) {
      let asked = 0;
      return {
        ...published(client),
        acquireBuilder: () => {
          if (++asked > 2) return Promise.resolve(BUILDER);
          throw ApplicationFailure.create({ message: 'ticket closed', type: 'TicketUnusable', nonRetryable: true });
        },
      };
    },
    expect({ outcome }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
    },
  },
  {
    name: 'build-timed-out',
    taskId: TASK,
    world: () => ({ followBuild: () => Promise.resolve({ logBytes: 5, timedOut: true }) }),
    expect({ outcome, fakes }) {
      assert.ok(outcome !== 'canceled' && outcome.result === 'failed');
      assert.equal(outcome.failure.code, 'BuildTimedOut');
      assert.deepEqual(
        fakes.inputs('releaseBuilder').map(({ stop }) => stop),
        [true],
      );
    },
  },
  {
    name: 'refused-by-frontend',
    taskId: TASK,
    world: () => ({
      beginBuild: () =>
        Promise.resolve({ start: false, facts: null, failure: { code: 'TaskUnknown', message: 'no record' } }),
    }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'refused', failure: { code: 'TaskUnknown', message: 'no record' } });
      assert.equal(fakes.inputs('finishBuild').length, 1, 'it gives its slot back');
    },
  },
  {
    name: 'canceled-waiting-for-builder',
    taskId: TASK,
    world: (client) => ({
      acquireBuilder: async () => {
        const { workflowExecution: run } = Context.current().info;
        assert.ok(run);
        await client.workflow.getHandle(run.workflowId).signal(ticketTakenSignal, { ticket: 40, waiting: true });
        return untilCanceled();
      },
    }),
    async meanwhile(build, _fakes, rig) {
      await rig.until('the ticket is known', async () => (await build.query(buildStatusQuery)).ticket === 40);
      assert.equal((await build.query(buildStatusQuery)).waitingFor?.reason, 'builder');
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled');
      assert.deepEqual(
        fakes.inputs('releaseBuilder').map(({ ticket, stop }) => ({ ticket, stop })),
        [{ ticket: 40, stop: false }],
      );
      assertClosedLast(fakes, 'releaseBuilder');
      assert.equal(fakes.inputs('finishBuild')[0]?.outcome.result, 'canceled');
    },
  },
  {
    name: 'canceled-while-building',
    taskId: TASK,
    world: () => ({ followBuild: untilCanceled }),
    async meanwhile(build, fakes, rig) {
      await rig.until('the log is followed', () => fakes.inputs('followBuild').length === 1);
      await build.signal(cancelReasonSignal, { reason: 'by jdoe: wrong branch' });
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled');
      assert.deepEqual(fakes.inputs('finishBuild')[0]?.outcome, {
        result: 'canceled',
        failure: { code: 'Canceled', message: 'canceled by jdoe: wrong branch' },
      });
      assert.deepEqual(
        fakes.inputs('releaseBuilder').map(({ ticket, stop }) => ({ ticket, stop })),
        [{ ticket: 17, stop: true }],
      );
      assert.equal(fakes.inputs('downloadResults').length, 0);
      assertClosedLast(fakes, 'releaseBuilder');
    },
  },
  {
    name: 'canceled-too-late',
    taskId: TASK,
    world: () => ({}),
    async meanwhile(build, fakes, rig) {
      await rig.until('publishing was asked for', () => fakes.inputs('deliverResults').length > 0);
      await build.cancel();
      const [request] = fakes.inputs('deliverResults');
      assert.ok(request?.publish);
      await build.signal(requestAnsweredSignal, { requestId: request.publish.requestId, failure: null });
    },
    expect({ outcome }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 }, 'what is published is not called canceled');
    },
  },
  {
    name: 'publishing-failed',
    taskId: TASK,
    world: (client) => ({
      deliverResults: async ({ publish }) => {
        assert.ok(publish);
        await answer(client, publish.requestId, { code: 'RepositoryFailed', message: 'a package is missing' });
      },
    }),
    expect({ outcome, fakes }) {
      assert.ok(outcome !== 'canceled' && outcome.result === 'failed');
      assert.equal(outcome.failure.code, 'RepositoryFailed');
      const [delivered] = fakes.inputs('deliverResults');
      const [end] = fakes.inputs('finishBuild');
      assert.ok(delivered);
      assert.deepEqual([end?.refused, end?.staging], [delivered.staging, null], 'its packages are taken back');
    },
  },
  {
    name: 'published-with-something-to-know',
    taskId: TASK,
    world: (client) => ({
      deliverResults: async ({ publish }) => {
        assert.ok(publish);
        await answer(client, publish.requestId, null, { notes: ['hello-1.0-1 is in 00000006-hello too'] });
      },
    }),
    async expect({ outcome, fakes, build }) {
      const told = { result: 'succeeded', packages: 2, note: 'hello-1.0-1 is in 00000006-hello too' };
      assert.deepEqual(outcome, told);
      assert.deepEqual(fakes.inputs('finishBuild')[0]?.outcome, told, 'backend.log has it');
      assert.deepEqual((await build.query(buildStatusQuery)).outcome, told, 'status has it');
    },
  },
  {
    name: 'publish-request-lost-and-sent-again',
    taskId: TASK,
    world(client) {
      let sent = 0;
      return {
        deliverResults: async ({ publish }) => {
          assert.ok(publish);
          if (++sent === 2) await answer(client, publish.requestId);
        },
      };
    },
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      const ids = fakes.inputs('deliverResults').map(({ publish }) => publish?.requestId);
      assert.equal(ids.length, 2);
      assert.equal(ids[0], ids[1], 'the receiver can recognise the repetition');
    },
  },
  {
    name: 'signing-key-changed-then-published',
    taskId: TASK,
    world: (client) => ({
      ...published(client),
      signResults: () => Promise.resolve({ signed: 2, isKeyOutdated: true }),
      requestKey: ({ requestId }) => answer(client, requestId),
    }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      const order = fakes.calls.map(({ name }) => name);
      assert.ok(order.indexOf('requestKey') > order.indexOf('signResults'));
      assert.ok(order.indexOf('requestKey') < order.indexOf('deliverResults'), 'the key goes out first');
      assert.equal(fakes.inputs('requestKey')[0]?.facts?.taskId, TASK, 'backend.log says what is waited for');
    },
  },
  {
    name: 'signing-key-missing-then-made',
    taskId: TASK,
    world(client) {
      let signed = 0;
      return {
        ...published(client),
        signResults: () => {
          if (++signed > 1) return Promise.resolve({ signed: 2, isKeyOutdated: false });
          throw ApplicationFailure.create({ message: 'no key', type: 'SigningKeyMissing', nonRetryable: true });
        },
        requestKey: ({ requestId }) => answer(client, requestId),
      };
    },
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('signResults').length, 2);
    },
  },
  {
    name: 'signature-invalid',
    taskId: TASK,
    world: () => ({
      signResults: () => {
        throw ApplicationFailure.create({ message: FOREIGN, type: 'SignatureInvalid', nonRetryable: true });
      },
    }),
    expect({ outcome, fakes }) {
      assert.ok(outcome !== 'canceled' && outcome.result === 'failed');
      assert.equal(outcome.failure.code, 'SignatureInvalid');
      assert.equal(fakes.inputs('deliverResults').length, 0, 'nothing unsigned is published');
    },
  },
];

/** Runs one scenario to its end; returns the closed workflow's handle. */
export async function runBuildScenario(scenario: BuildScenario): Promise<Build> {
  const { client } = await temporal();
  const fakes = fakeActivities(scenario.world(client));
  return withRig(fakes.activities, async (rig) => {
    const durations = { ...SHORT, ...scenario.durations };
    const { taskId, reported } = scenario;
    const input: BuildInput = {
      taskId,
      storage: rig.storage,
      durations,
      ...(reported === undefined ? {} : { reported }),
    };
    const handle: Build = await client.workflow.start<typeof build>('build', {
      workflowId: `build/${scenario.name}-${rig.storage}`,
      taskQueue: rig.queue,
      args: [input],
    });
    await scenario.meanwhile?.(handle, fakes, rig);
    const outcome = await outcomeOf<BuildOutcome>(handle);
    await scenario.expect({ outcome, fakes, build: handle });
    return handle;
  });
}

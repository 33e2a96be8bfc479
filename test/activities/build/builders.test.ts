import assert from 'node:assert/strict';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { createBuilderActivities } from '../../../src/activities/build/builders.js';
import type { AcquiredBuilder } from '../../../src/contracts/build/build.js';
import type { TicketState } from '../../../src/ports/build/builder-pool.js';
import { activityContext, activityFailureOf } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { type FakePorts, fakePorts, type World } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';

const facts = givenFacts();

function acquire(
  ports: FakePorts,
  env = activityContext(),
  sandboxed = true,
): ReturnType<ReturnType<typeof createBuilderActivities>['acquireBuilder']> {
  const { acquireBuilder } = createBuilderActivities(ports.deps);
  return inFastTime(() => env.run(acquireBuilder, { facts, sandboxed }));
}

/** A pool whose ticket goes through `states`; the last one stays. */
function poolWith(...states: readonly TicketState[]): World {
  let look = 0;
  return {
    pool: { collect: () => Promise.resolve(states[Math.min(look++, states.length - 1)] ?? { state: 'waiting' }) },
  };
}

const DOUBT = { why: 'it failed just now (BuilderUnreachable)', until: '2026-01-02T03:04:05.000Z' };

/** The tickets that were requested. */
function taken(ports: FakePorts): readonly object[] {
  return ports.calls('pool', 'take').map(([{ tags, sandbox }]) => ({ tags, sandbox }));
}

describe('acquireBuilder', () => {
  it('says what speaks against the builder, so that another one is asked for', async () => {
    const ports = fakePorts({ hosts: { suspicion: () => DOUBT } });
    assert.deepEqual((await acquire(ports)).suspicion, DOUBT);
  });

  it('takes a doubtful builder, and says why, while it is known that there is no better one', async () => {
    const ports = fakePorts({ hosts: { suspicion: () => DOUBT, isWorthAsking: () => false } });
    assert.equal((await acquire(ports)).suspicion, undefined);
    assert.match(ports.notes().join('\n'), /used although it failed just now .*: a moment ago there was no better one/);
  });

  it('would rather not use a machine that this very build has failed on', async () => {
    const ports = fakePorts();
    const { acquireBuilder } = createBuilderActivities(ports.deps);
    const failedOn = ['10.0.3.7'];
    const builder: AcquiredBuilder = await activityContext().run(() =>
      acquireBuilder({ facts, sandboxed: false, failedOn }),
    );
    assert.match(builder.suspicion?.why ?? '', /this build has failed on it/);
  });

  it('waits for its ticket and says where the builder is', async () => {
    const output = '---\nhost: 10.0.3.7\nname: pool_1\nssh_port: 2222\n';
    const ports = fakePorts(poolWith({ state: 'waiting' }, { state: 'waiting' }, { state: 'ready', output }));
    assert.deepEqual(await acquire(ports), {
      ...{ ticket: 17, host: '10.0.3.7', name: 'pool_1', port: 2222 },
      hostKey: null,
    });
    assert.deepEqual(taken(ports), [{ tags: facts.tags, sandbox: facts.sandbox }]);
    assert.deepEqual(ports.calls('pool', 'close'), []);
    assert.match(ports.notes().join('\n'), /Builder 10\.0\.3\.7 port 2222 \(pool_1\), ticket 17/);
  });

  it('asks for another machine without the sandbox that would hand out the same one', async () => {
    const ports = fakePorts();
    await acquire(ports, activityContext(), false);
    assert.deepEqual(taken(ports), [{ tags: facts.tags, sandbox: null }]);
  });

  it('tells people why the build moves to another machine', async () => {
    const ports = fakePorts();
    const { acquireBuilder } = createBuilderActivities(ports.deps);
    const after = { code: 'BuilderLost', message: 'Resalloc says of builder 10.0.3.7 (ticket 16): failed' } as const;
    await activityContext().run(acquireBuilder, { facts, sandboxed: false, after });
    const told =
      'The build moves to another builder: BuilderLost: Resalloc says of builder 10.0.3.7 (ticket 16): failed';
    assert.equal(ports.notes()[0], told);
  });

  it('tells its build of a ticket that has to wait, once', async () => {
    const waiting = { state: 'waiting' } as const;
    const ports = fakePorts(poolWith(waiting, waiting, waiting, waiting, { state: 'ready', output: '10.0.3.7' }));
    await acquire(ports);
    const told = ports.calls('messages', 'ticketTaken').map(([, ticket]) => ticket);
    assert.deepEqual(told, [{ ticket: 17, waiting: true }]);
  });

  it('goes on with the ticket of its earlier attempt and takes no second one', async () => {
    const ports = fakePorts();
    const env = activityContext({ attempt: 2, heartbeatDetails: { ticket: 99 } });
    assert.equal((await acquire(ports, env)).ticket, 99);
    assert.deepEqual(ports.calls('pool', 'take'), []);
    assert.deepEqual(ports.calls('pool', 'collect'), [[99]]);
  });

  it('remembers its ticket in the very first heartbeat, for the SDK holds later ones back', async () => {
    const env = activityContext();
    const beats: unknown[] = [];
    env.on('heartbeat', (details) => beats.push(details));
    await acquire(fakePorts(), env);
    assert.deepEqual(beats[0], { ticket: 17 });
  });

  const unusable: readonly (readonly [string, TicketState, RegExp, closes: boolean])[] = [
    ['was closed by somebody', { state: 'closed' }, /was closed by somebody else/, false],
    ['failed', { state: 'failed', hadBuilder: true }, /failed before/, true],
    ['vanished', { state: 'vanished' }, /not known to Resalloc/, false],
    ['names no builder', { state: 'ready', output: '-oProxyCommand=id\n' }, /names no builder/, true],
    ['says nothing', { state: 'ready', output: '' }, /names no builder/, true],
  ];
  for (const [what, state, message, closes] of unusable) {
    it(`gives up a ticket that ${what}${closes ? ', and closes it' : ''}`, async () => {
      const ports = fakePorts(poolWith({ state: 'waiting' }, state));
      const failure = await activityFailureOf(acquire(ports));
      assert.deepEqual([failure.type, failure.nonRetryable], ['TicketUnusable', true]);
      assert.match(failure.message, message);
      assert.deepEqual(ports.calls('pool', 'close'), closes ? [[17]] : []);
    });
  }

  it('names the tags of a ticket that failed for want of a pool, and closes it', async () => {
    const ports = fakePorts(poolWith({ state: 'waiting' }, { state: 'failed', hadBuilder: false }));
    const failure = await activityFailureOf(acquire(ports));
    assert.deepEqual([failure.type, failure.nonRetryable], ['NoSuchPool', true]);
    const tags = ports.calls('pool', 'take')[0]?.[0].tags ?? [];
    assert.ok(tags.length > 0);
    assert.equal(
      failure.message,
      `ticket 17 failed without a builder: no pool of Resalloc offers all of ${tags.join(', ')}`,
    );
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
  });

  /** Waits for ever; `stop` ends the wait as soon as its build knows of the ticket. */
  function waitingUntil(stop: () => void, world: World['messages'] = {}): FakePorts {
    const ticketTaken = (): Promise<void> => {
      stop();
      return Promise.resolve();
    };
    return fakePorts({ ...poolWith({ state: 'waiting' }), messages: { ...world, ticketTaken } });
  }

  it('closes its ticket when the build is canceled', async () => {
    const env = activityContext();
    const ports = waitingUntil(() => env.cancel());
    await assert.rejects(acquire(ports, env), CancelledFailure);
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
  });

  const shutdown = new ActivityCancellationDetails({ workerShutdown: true });

  it('leaves its ticket to the next attempt when the worker goes', async () => {
    const env = activityContext();
    const ports = waitingUntil(() => env.cancel('WORKER_SHUTDOWN', shutdown));
    assert.equal((await activityFailureOf(acquire(ports, env))).type, 'Detached');
    assert.deepEqual(ports.calls('pool', 'close'), []);
  });

  it('closes the ticket of a build that is gone, for no attempt will follow', async () => {
    const env = activityContext();
    const ports = waitingUntil(() => env.cancel('NOT_FOUND', new ActivityCancellationDetails({ notFound: true })), {
      isOpen: () => Promise.resolve(false),
    });
    await activityFailureOf(acquire(ports, env));
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
  });
});

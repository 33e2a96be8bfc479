import assert from 'node:assert/strict';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { createBuilderExchange } from '../../../src/activities/build/builder-exchange.js';
import type { ExchangedBuilder } from '../../../src/contracts/activities.js';
import type { HostSuspicion } from '../../../src/contracts/build/build.js';
import type { TicketState } from '../../../src/ports/build/builder-pool.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext, activityFailureOf } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import { type FakePorts, fakePorts, type World } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';

const facts = givenFacts();
const DOUBT: HostSuspicion = { why: 'it failed just now (LogBroken)', until: '2026-01-02T03:04:05.000Z' };
const WORSE: HostSuspicion = { why: 'it failed 3 times', until: '2026-01-02T04:04:05.000Z' };
const BETTER: HostSuspicion = { why: 'it failed once', until: '2026-01-02T03:00:00.000Z' };
const READY: TicketState = { state: 'ready', output: '---\nhost: 10.0.3.8\nname: pool_2\n' };
const OTHER = { ticket: 18, host: '10.0.3.8', name: 'pool_2', port: null, hostKey: null };

function exchange(
  ports: FakePorts,
  given: { readonly isLast?: boolean; readonly sandboxed?: boolean; readonly failedOn?: readonly string[] } = {},
  env = activityContext(),
): Promise<ExchangedBuilder> {
  const { exchangeBuilder } = createBuilderExchange(ports.deps);
  const { isLast = false, sandboxed = true, failedOn = [] } = given;
  const input = { facts, builder: BUILDER, suspicion: DOUBT, sandboxed, failedOn, isLast };
  return inFastTime(() => env.run(() => exchangeBuilder(input)));
}

/** The next ticket is 18; its machine has the suspicion. */
function poolWith(state: TicketState, suspicion: HostSuspicion | null = null, more: World['pool'] = {}): FakePorts {
  return fakePorts({
    pool: { take: () => Promise.resolve(18), collect: () => Promise.resolve(state), ...more },
    hosts: { suspicion: () => suspicion },
  });
}

describe('exchangeBuilder', () => {
  it('takes a good builder and gives the doubtful one back, and tells people', async () => {
    const ports = poolWith(READY);
    assert.deepEqual(await exchange(ports), { builder: OTHER, givenBack: BUILDER.ticket });
    assert.deepEqual(ports.notes(), [
      'Builder 127.0.0.1:2222 is given back, for it failed just now (LogBroken); the build goes to builder 10.0.3.8 (pool_2), ticket 18',
    ]);
    assert.deepEqual(ports.calls('pool', 'close'), [], 'both tickets are open: the workflow knows of them');
  });

  it('asks within the sandbox, so that the good machine is the one that is used again there', async () => {
    const ports = poolWith(READY);
    await exchange(ports);
    await exchange(ports, { sandboxed: false });
    const sandboxes = ports.calls('pool', 'take').map(([{ sandbox }]) => sandbox);
    assert.deepEqual(sandboxes, [facts.sandbox, null]);
  });

  const none: readonly (readonly [string, FakePorts, number | null])[] = [
    ['has none at hand', poolWith({ state: 'waiting' }), 18],
    ['hands out one that died', poolWith({ state: 'failed', hadBuilder: true }), 18],
    ['names no builder', poolWith({ state: 'ready', output: '-oProxyCommand=id\n' }), 18],
    ['does not answer any more', poolWith(READY, null, { collect: () => Promise.reject(down()) }), 18],
    ['does not answer', poolWith(READY, null, { take: () => Promise.reject(down()) }), null],
  ];
  for (const [what, ports, givenBack] of none) {
    it(`keeps the builder at hand when the pool ${what}, and says so`, async () => {
      assert.deepEqual(await exchange(ports), { builder: BUILDER, givenBack });
      assert.match(ports.notes().join(), /No other builder is free: 127\.0\.0\.1:2222 is used although it failed/);
      assert.deepEqual(ports.calls('hosts', 'noOther'), [[facts.tags]], 'the next build need not ask');
    });
  }

  it('keeps the better of two doubtful builders, and wants another one', async () => {
    assert.deepEqual(await exchange(poolWith(READY, WORSE)), {
      builder: { ...BUILDER, suspicion: DOUBT },
      givenBack: 18,
    });
    assert.deepEqual(await exchange(poolWith(READY, BETTER)), {
      builder: { ...OTHER, suspicion: BETTER },
      givenBack: BUILDER.ticket,
    });
  });

  it('ends the search with the better one, without a suspicion', async () => {
    const ports = poolWith(READY, BETTER);
    assert.deepEqual(await exchange(ports, { isLast: true }), { builder: OTHER, givenBack: BUILDER.ticket });
    assert.match(
      ports.notes().join(),
      /All builders at hand failed lately: 10\.0\.3\.8 is used although it failed once/,
    );
    assert.deepEqual(ports.calls('hosts', 'noOther'), [[facts.tags]]);
  });

  it('prefers any machine to one that this build has failed on', async () => {
    const ports = poolWith(READY);
    const { builder, givenBack } = await exchange(ports, { failedOn: ['pool_2'] });
    assert.deepEqual([builder.ticket, givenBack], [BUILDER.ticket, 18]);
  });

  it('goes on with the ticket of its earlier attempt and takes no second one', async () => {
    const ports = poolWith(READY);
    const env = activityContext({ attempt: 2, heartbeatDetails: { ticket: 99 } });
    assert.equal((await exchange(ports, {}, env)).builder.ticket, 99);
    assert.deepEqual(ports.calls('pool', 'take'), []);
  });

  it('remembers its ticket in the very first heartbeat', async () => {
    const env = activityContext();
    const beats: unknown[] = [];
    env.on('heartbeat', (details) => beats.push(details));
    await exchange(poolWith(READY), {}, env);
    assert.deepEqual(beats[0], { ticket: 18 });
  });

  it('closes its own ticket, and only that, when the build is canceled', async () => {
    const env = activityContext();
    const ports = poolWith(READY, null, {
      collect: () => {
        env.cancel();
        return Promise.resolve({ state: 'waiting' });
      },
    });
    await assert.rejects(exchange(ports, {}, env), CancelledFailure);
    assert.deepEqual(ports.calls('pool', 'close'), [[18]]);
  });

  it('leaves its ticket to the next attempt when the worker goes', async () => {
    const env = activityContext();
    const ports = poolWith(READY, null, {
      collect: () => {
        env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
        return Promise.resolve({ state: 'waiting' });
      },
    });
    assert.equal((await activityFailureOf(exchange(ports, {}, env))).type, 'Detached');
    assert.deepEqual(ports.calls('pool', 'close'), []);
  });
});

function down(): PortFailure {
  return new PortFailure('ResallocUnavailable', 'no answer', { retryable: true });
}

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createActivities, type ActivitySets } from '../../../src/activities/index.js';
import { createHostMemory } from '../../../src/adapters/host-memory/host-memory.js';
import { createResalloc } from '../../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { createSshShell } from '../../../src/adapters/ssh/remote-shell.js';
import type { AcquiredBuilder } from '../../../src/contracts/build/build.js';
import { startPool, type RunningPool } from '../../../playground/pool/server.js';
import { machineArch } from '../../../playground/loopback/machine-arch.js';
import { eventually, makeKeyPair, makeTemporaryDirectory } from '../../playground/support.js';
import { activityContext, activityFailureOf } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { fakePorts, type FakePorts } from '../../support/fake-ports.js';

type Resource = {
  readonly name: string;
  readonly directory: string;
  readonly state: string;
  readonly ticket: number | null;
};

describe('a pool with one broken builder', function () {
  this.timeout(90_000);
  const directory = makeTemporaryDirectory();
  const key = makeKeyPair(directory.path);
  const stateDir = join(directory.path, 'pool');
  const memoryFile = join(directory.path, 'builder-hosts.json');
  const facts = givenFacts({ tags: [`arch_${machineArch()}`, 'copr_builder'] });
  let running: RunningPool;
  let broken: Resource;

  before(async () => {
    const authorizedKeys = `${key}.pub`;
    running = await startPool({ port: 0, stateDir, builders: 3, builderPortBase: 0, authorizedKeys });
    await allFree();
    // The pool hands out its oldest builder first; this one's log cannot be read.
    const [oldest] = resources();
    assert.ok(oldest);
    broken = oldest;
    writeFileSync(join(broken.directory, 'bin', 'copr-rpmbuild-log'), '#!/bin/sh\nexit 7\n');
  });
  after(async () => {
    await running.close();
    directory.remove();
  });

  const resources = (): Resource[] => JSON.parse(readFileSync(join(stateDir, 'resources.json'), 'utf8')) as Resource[];
  const allFree = (): Promise<void> =>
    eventually('three free builders', () => {
      const free = resources().filter(({ state, ticket }) => state === 'up' && ticket === null);
      return free.length === 3;
    });

  /** One worker process after another. */
  async function withWorker<T>(work: (sets: ActivitySets, ports: FakePorts) => Promise<T>): Promise<T> {
    const configFile = join(directory.path, 'builder_config');
    writeFileSync(configFile, `IdentityFile ${key}\n`);
    const live = { size: 0, isCut: false, write: () => Promise.resolve(), close: () => Promise.resolve() };
    const ports = fakePorts({
      pool: createResalloc({ url: running.url }),
      shell: createSshShell({ configFile, user: 'mockbuilder' }),
      liveLogs: { follow: () => Promise.resolve(live) },
    });
    const hosts = createHostMemory({ file: memoryFile, log: ports.deps.log });
    await hosts.loaded;
    try {
      return await work(createActivities({ ...ports.deps, hosts }), ports);
    } finally {
      await hosts.close();
    }
  }

  const acquire = ({ follow }: ActivitySets): Promise<AcquiredBuilder> =>
    activityContext().run(() => follow.acquireBuilder({ facts, sandboxed: true }));
  const release = ({ steps }: ActivitySets, ticket: number): Promise<unknown> =>
    activityContext().run(steps.releaseBuilder, { facts, builder: null, ticket, stop: false });
  const exchange = (
    { follow }: ActivitySets,
    { suspicion, ...builder }: AcquiredBuilder,
  ): ReturnType<typeof follow.exchangeBuilder> => {
    assert.ok(suspicion, 'nothing speaks against the broken builder');
    const input = { facts, builder, suspicion, sandboxed: true, failedOn: [], isLast: false };
    return activityContext().run(() => follow.exchangeBuilder(input));
  };

  it('fails a build once; the next one, in the next process, goes to another builder', async () => {
    await withWorker(async (sets) => {
      const builder = await acquire(sets);
      assert.equal(builder.name, broken.name);
      assert.equal(builder.suspicion, undefined);
      const deadline = Date.now() / 1000 + 600;
      const env = activityContext();
      const failure = await activityFailureOf(
        env.run(sets.follow.followBuild, { facts, builder, logBase: 0, deadline }),
      );
      assert.equal(failure.type, 'LogBroken');
      await release(sets, builder.ticket);
    });
    await allFree();
    await withWorker(async (sets, ports) => {
      const builder = await acquire(sets);
      assert.equal(builder.name, broken.name, 'the pool knows nothing of it');
      const end = await exchange(sets, builder);
      assert.notEqual(end.builder.name, broken.name);
      assert.equal(end.builder.suspicion, undefined);
      assert.equal(end.givenBack, builder.ticket);
      assert.match(ports.notes().at(-1) ?? '', /is given back, for it failed just now \(LogBroken\)/);
      for (const ticket of [builder.ticket, end.builder.ticket]) await release(sets, ticket);
    });
    await allFree();
  });

  it('is used all the same when the others are taken', async () => {
    await withWorker(async (sets, ports) => {
      const first = await acquire(sets);
      const tickets = [first.ticket];
      for (let n = 0; n < 2; n += 1) tickets.push((await acquire(sets)).ticket);
      const end = await exchange(sets, first);
      assert.equal(end.builder.name, broken.name);
      assert.equal(end.builder.suspicion, undefined);
      assert.match(ports.notes().at(-1) ?? '', /No other builder is free/);
      for (const ticket of [...tickets, end.givenBack ?? 0]) await release(sets, ticket);
    });
    await allFree();
  });
});

import assert from 'node:assert/strict';
import { CancelledFailure } from '@temporalio/common';
import { createRemoteBuildActivities } from '../../../src/activities/build/remote-build.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import {
  fakeBuilder,
  type FakeBuilder,
  type FakePorts,
  fakePorts,
  HOST_KEY,
  unreachable,
} from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';
import { refusalOf } from '../../support/rejection.js';

type Given = { readonly attempt?: number; readonly facts?: ReturnType<typeof givenFacts> };
type Started = ReturnType<ReturnType<typeof createRemoteBuildActivities>['startRemoteBuild']>;

function on(builder: FakeBuilder): FakePorts {
  return fakePorts({ shell: { connect: () => Promise.resolve(builder.session) } });
}

function start(ports: FakePorts, given: Given = {}, env = activityContext()): Started {
  const { startRemoteBuild } = createRemoteBuildActivities(ports.deps);
  const { attempt = 1, facts = givenFacts() } = given;
  return inFastTime(() =>
    env.run(startRemoteBuild, { facts, builder: BUILDER, attempt, announce: attempt === 1, startedOn: 1 }),
  );
}

describe('startRemoteBuild', () => {
  it('checks the builder, says that the build runs, and starts it', async () => {
    const builder = fakeBuilder();
    const ports = on(builder);
    const started = await start(ports);
    assert.equal(started.hostKey, HOST_KEY);
    assert.deepEqual(builder.commands.slice(1), [
      'copr-builder-ready custom-1-x86_64',
      'copr-rpmbuild --verbose --drop-resultdir --task-url http://frontend.test/backend/get-build-task/7-custom-1-x86_64 --chroot custom-1-x86_64 --detached',
    ]);
    assert.deepEqual(ports.calls('frontend', 'reportBuild'), [
      [
        {
          ...{ id: 7, taskId: '7-custom-1-x86_64', chroot: 'custom-1-x86_64', status: 'running' },
          ...{ resultDir: '00000007-hello', startedOn: started.startedOn },
        },
      ],
    ]);
    assert.deepEqual(ports.calls('buildDirectories', 'writeBuildInfo')[0]?.[1], { buildId: 7, host: '127.0.0.1' });
    assert.equal(builder.isClosed(), true);
  });

  it('starts a source build by the route of sources, in the chroot of sources', async () => {
    const builder = fakeBuilder();
    const facts = givenFacts({ taskId: '7', kind: 'source', chroot: 'srpm-builds', targetDir: '00000007' });
    await start(on(builder), { facts });
    assert.deepEqual(builder.commands.slice(1), [
      'copr-builder-ready srpm-builds',
      'copr-rpmbuild --verbose --drop-resultdir --srpm --task-url http://frontend.test/backend/get-srpm-build-task/7 --detached',
    ]);
  });

  it('leaves a machine alone that answers late at the address when the ticket is lost by then', async () => {
    const builder = fakeBuilder();
    let tries = 0;
    const connect = (): Promise<FakeBuilder['session']> => {
      tries += 1;
      return tries === 1 ? Promise.reject(unreachable()) : Promise.resolve(builder.session);
    };
    const ports = fakePorts({
      shell: { connect },
      pool: { collect: () => Promise.resolve({ state: 'failed', hadBuilder: true }) },
    });
    await assert.rejects(start(ports), { type: 'BuilderLost', nonRetryable: true });
    assert.deepEqual([tries, builder.commands, builder.isClosed()], [2, [], true]);
  });

  it('does not start what its earlier attempt has started already, and does not announce it again', async () => {
    const builder = fakeBuilder();
    const ports = on(builder);
    await start(ports);
    await start(ports, {}, activityContext({ attempt: 2 }));
    assert.equal(builder.starts(), 1);
    assert.equal(ports.calls('frontend', 'reportBuild').length, 1);
  });

  it('starts it when the earlier attempt did not get that far', async () => {
    const builder = fakeBuilder();
    await start(on(builder), {}, activityContext({ attempt: 2 }));
    assert.equal(builder.starts(), 1);
  });

  it("does not take another build's log for its own", async () => {
    const other = 'Running: copr-rpmbuild --task-url http://frontend.test/backend/get-build-task/7-custom-1-x86_64x\n';
    const builder = fakeBuilder({ 'head -c': { stdout: other } });
    await start(on(builder), {}, activityContext({ attempt: 2 }));
    assert.equal(builder.starts(), 1);
  });

  it('announces nothing again on a later builder, and tells people why the log begins anew', async () => {
    const ports = on(fakeBuilder());
    await start(ports, { attempt: 2 });
    assert.deepEqual(ports.calls('frontend', 'reportBuild'), []);
    assert.match(ports.calls('liveLogs', 'begin')[0]?.[1] ?? '', /attempt 2: .* builder 127\.0\.0\.1/);
  });

  const unready: readonly (readonly [string, Parameters<typeof fakeBuilder>[0], RegExp])[] = [
    ['has an old copr-rpmbuild', { 'rpm -q': { stdout: '1.6.0\n' } }, /1\.6\.0, 1\.6\.1 or newer/],
    ['has an ancient copr-rpmbuild', { 'rpm -q': { stdout: '0.99\n' } }, /0\.99/],
    ['says no version', { 'rpm -q': { stdout: 'motd\n\n' } }, /motd/],
    [
      'has no copr-rpmbuild',
      { 'rpm -q': { code: 1, stdout: 'package copr-rpmbuild is not installed\n' } },
      /is not installed/,
    ],
    [
      'is not ready',
      { 'copr-builder-ready': { code: 1, stdout: '', stderr: 'no /etc/mock/custom-1-x86_64.cfg\n' } },
      /exited with 1: no \/etc\/mock/,
    ],
  ];
  for (const [what, answers, message] of unready) {
    it(`does not start on a builder that ${what}, and says so`, async () => {
      const builder = fakeBuilder(answers);
      const ports = on(builder);
      const refusal = await refusalOf(start(ports));
      assert.equal(refusal.code, 'BuilderNotReady');
      assert.match(refusal.message, message);
      assert.equal(builder.starts(), 0);
      assert.equal(builder.isClosed(), true);
      assert.deepEqual(ports.calls('frontend', 'reportBuild'), []);
    });
  }

  it('takes a newer copr-rpmbuild, behind whatever the machine greets with', async () => {
    for (const stdout of ['1.6.1\n', '1.10\n', '2\n', 'Welcome\n1.8\n'])
      await start(on(fakeBuilder({ 'rpm -q': { stdout } })));
  });

  it('passes on what copr-rpmbuild says when it does not start', async () => {
    const builder = fakeBuilder({ 'copr-rpmbuild ': { code: 2, stderr: 'lockfile is taken\n' } });
    const refusal = await refusalOf(start(on(builder)));
    assert.deepEqual(
      [refusal.code, refusal.message],
      ['BuilderStartFailed', 'copr-rpmbuild exited with 2: lockfile is taken'],
    );
  });

  it('waits for a machine that is still booting, but not for ever', async () => {
    const builder = fakeBuilder();
    let refused = 0;
    const booting = fakePorts({
      shell: { connect: () => (refused++ < 4 ? Promise.reject(unreachable()) : Promise.resolve(builder.session)) },
    });
    await start(booting);
    assert.equal(builder.starts(), 1);
    const dead = fakePorts({ shell: { connect: () => Promise.reject(unreachable('no route to host')) } });
    assert.equal((await refusalOf(start(dead))).message, 'no route to host');
  });

  it('gives up at once on a machine with another host key', async () => {
    const changed = new PortFailure('BuilderChanged', 'another key', { retryable: false });
    const ports = fakePorts({ shell: { connect: () => Promise.reject(changed) } });
    assert.equal(await refusalOf(start(ports)), changed);
    assert.equal(ports.calls('shell', 'connect').length, 1);
  });

  it('starts nothing behind a cancel', async () => {
    const env = activityContext();
    const builder = fakeBuilder();
    const ports = fakePorts({
      shell: {
        connect: () => {
          env.cancel();
          return Promise.reject(unreachable());
        },
      },
    });
    await assert.rejects(start(ports, {}, env), CancelledFailure);
    assert.equal(builder.starts(), 0);
  });
});

describe('releaseBuilder', () => {
  function release(ports: FakePorts, stop: boolean, builder: typeof BUILDER | null = BUILDER): Promise<void> {
    const { releaseBuilder } = createRemoteBuildActivities(ports.deps);
    return inFastTime(() => activityContext().run(releaseBuilder, { facts: givenFacts(), builder, ticket: 17, stop }));
  }

  it('stops the build before it gives the machine back', async () => {
    const builder = fakeBuilder();
    const ports = on(builder);
    await release(ports, true);
    assert.deepEqual(builder.commands, ['copr-rpmbuild-cancel']);
    assert.equal(builder.isClosed(), true);
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
    assert.match(ports.notes().join('\n'), /copr-rpmbuild-cancel: success/);
  });

  it('only closes the ticket when nothing runs there', async () => {
    const builder = fakeBuilder();
    const ports = on(builder);
    await release(ports, false);
    await release(ports, true, null);
    assert.deepEqual(builder.commands, []);
    assert.deepEqual(ports.calls('pool', 'close'), [[17], [17]]);
  });

  it('closes the ticket of a machine that cannot be reached any more', async () => {
    const ports = fakePorts({ shell: { connect: () => Promise.reject(unreachable()) } });
    await release(ports, true);
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
  });
});

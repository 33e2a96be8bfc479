import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { announceEnd, announceStart } from '../../../src/activities/announce/announcements.js';
import { createFinishActivities } from '../../../src/activities/build/build-end.js';
import { createRemoteBuildActivities } from '../../../src/activities/build/remote-build.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { BuildOutcome } from '../../../src/contracts/build/build.js';
import type { Announcement } from '../../../src/domain/announce/announcement.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import { fakeBuilder, type FakePorts, fakePorts, type World } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath } from '../../support/result-paths.js';

const facts = givenFacts();
const CONTEXT = { workflowExecution: { workflowId: 'build/7', runId: 'run-1' }, scheduledTimestampMs: 1234 };
const full = new PortFailure('StorageFailed', 'the outbox cannot be written: ENOSPC', { retryable: true });

const topicsOf = (ports: FakePorts): readonly string[] =>
  ports.calls('bus', 'announce').map(([announcement]) => announcement.topic);

describe('announceStart', () => {
  it('tells of the build and of its chroot, with the key and the time that a repeated attempt has too', async () => {
    const ports = fakePorts();
    const { packageName, packageVersion, submitter } = facts;
    await activityContext({ ...CONTEXT, attempt: 3 }).run(announceStart, ports.deps, facts, {
      host: 'builder',
      status: 'running',
    });
    const same = {
      ...{ taskId: '7-custom-1-x86_64', buildId: 7, owner: 'jdoe', project: 'hello', chroot: 'custom-1-x86_64' },
      ...{ packageName, packageVersion, submitter, host: 'builder', status: 'running', pid: process.pid },
    };
    assert.deepEqual(ports.calls('bus', 'announce'), [
      [
        { topic: 'build.start', ...same },
        { key: 'run-1/build.start', order: 1234 },
      ],
      [
        { topic: 'chroot.start', ...same },
        { key: 'run-1/chroot.start', order: 1234 },
      ],
    ]);
  });

  it('lets the build go on, and says so, whatever happens', async () => {
    for (const error of [full, new TypeError('a defect')]) {
      const warned: object[] = [];
      const ports = fakePorts({
        bus: { announce: () => Promise.reject(error) },
        log: { warn: (fields) => void warned.push(fields) },
      });
      await activityContext(CONTEXT).run(announceStart, ports.deps, facts, { host: 'builder' });
      assert.deepEqual(
        warned,
        ['build.start', 'chroot.start'].map((topic) => ({ taskId: facts.taskId, topic, err: error })),
      );
    }
  });
});

describe('announceEnd', () => {
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    home = await givenDirectory();
  });
  afterEach(() => home.remove());

  async function hostAfter(info: string | null): Promise<string | null | undefined> {
    const directory = buildPath(home.path, facts);
    await mkdir(directory, { recursive: true });
    if (info !== null) await writeFile(path.join(directory, 'build.info'), info);
    const ports = fakePorts(createResultTree({ destdir: home.path }));
    await activityContext(CONTEXT).run(announceEnd, ports.deps, facts, { status: 'failed' as const });
    assert.deepEqual(topicsOf(ports), ['build.end']);
    return ports.calls('bus', 'announce')[0]?.[0].host;
  }

  it('names the last builder, or none where the build got to none', async () => {
    assert.equal(await hostAfter(null), null);
    assert.equal(await hostAfter('build_id=7\nbuilder_ip=10.0.3.7'), '10.0.3.7');
  });
});

describe('activities that announce', () => {
  const start = (ports: FakePorts, attempt: number): Promise<unknown> => {
    const { startRemoteBuild } = createRemoteBuildActivities(ports.deps);
    return inFastTime(() =>
      activityContext(CONTEXT).run(startRemoteBuild, {
        facts,
        builder: BUILDER,
        attempt,
        announce: attempt === 1,
        startedOn: 1,
      }),
    );
  };

  function finish(
    world: World,
    outcome: BuildOutcome,
    known = true,
  ): { readonly ports: FakePorts; readonly done: Promise<void> } {
    const ports = fakePorts(world);
    const { finishBuild } = createFinishActivities(ports.deps);
    const input = {
      ...{ facts: known ? facts : null, taskId: facts.taskId, kind: 'rpm' as const },
      ...{ outcome, startedOn: 1, endedOn: 2, staging: null, isCancelAsked: false },
    };
    return { ports, done: activityContext(CONTEXT).run(finishBuild, input) };
  }

  const refused: BuildOutcome = { result: 'refused', failure: { code: 'StartRefused', message: 'x' } };

  it('announce the start at the first builder only, after the frontend was told', async () => {
    const ports = fakePorts({ shell: { connect: () => Promise.resolve(fakeBuilder().session) } });
    await start(ports, 1);
    const names = ports.names().filter((name) => /reportBuild|announce/.test(name));
    assert.deepEqual(names, ['frontend.reportBuild', 'bus.announce', 'bus.announce']);
    assert.equal(ports.calls('bus', 'announce')[0]?.[0].host, BUILDER.host);
    await start(ports, 2);
    assert.equal(topicsOf(ports).length, 2);
  });

  it('announce every end of a build whose task was read, after its report', async () => {
    const outcomes: readonly (readonly [BuildOutcome, Announcement['status']])[] = [
      [{ result: 'succeeded', packages: 1 }, 'succeeded'],
      [{ result: 'failed', failure: { code: 'PackageFailed', message: 'x' } }, 'failed'],
      [{ result: 'canceled', failure: { code: 'Canceled', message: 'x' } }, 'failed'],
      [refused, 'failed'],
    ];
    for (const [outcome, status] of outcomes) {
      const { ports, done } = finish({}, outcome);
      await done;
      const names = ports.names().filter((name) => /reportBuild|announce|taskEnded/.test(name));
      assert.deepEqual(names, ['frontend.reportBuild', 'bus.announce', 'messages.taskEnded'], outcome.result);
      assert.deepEqual([topicsOf(ports), ports.calls('bus', 'announce')[0]?.[0].status], [['build.end'], status]);
    }
  });

  it('announce nothing of a task that nobody could read', async () => {
    const { ports, done } = finish({}, refused, false);
    await done;
    assert.deepEqual(topicsOf(ports), []);
  });

  it('end the build although its message is lost', async () => {
    const { ports, done } = finish({ bus: { announce: () => Promise.reject(full) } }, refused);
    await done;
    assert.equal(ports.calls('messages', 'taskEnded').length, 1);
  });
});

import assert from 'node:assert/strict';
import { repositoryChange } from '../../../src/contracts/repository/repository.js';
import { buildFacts, createBuildTaskActivities } from '../../../src/activities/build/build-tasks.js';
import type { BeginBuildResult } from '../../../src/contracts/activities.js';
import type { BuildTask, Frontend } from '../../../src/ports/frontend.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { unconfiguredPulpStore } from '../../../src/adapters/pulp-store/package-store.js';
import { activityContext } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { refusalOf } from '../../support/rejection.js';
import { type FakePorts, fakePorts, givenBuildTask } from '../../support/fake-ports.js';

const TASK = '7-custom-1-x86_64';

function begin(ports: FakePorts): Promise<BeginBuildResult> {
  const { beginBuild } = createBuildTaskActivities(ports.deps);
  return activityContext().run(() => beginBuild({ taskId: TASK, kind: 'rpm' }));
}

function taskOf(changed: Partial<BuildTask>): Pick<Frontend, 'buildTask'> {
  return { buildTask: () => Promise.resolve(givenBuildTask(changed)) };
}

describe('beginBuild', () => {
  it('makes the place ready for this run before the frontend is told, and says what to build', async () => {
    const ports = fakePorts();
    const begun = await begin(ports);
    assert.ok(begun.start === true);
    assert.deepEqual(begun.missing, { repository: false, key: false });
    assert.equal(begun.facts.targetDir, '00000007-hello');
    const [[report] = []] = ports.calls('frontend', 'startingBuild');
    assert.deepEqual(report, {
      ...{ id: 7, taskId: TASK, chroot: 'custom-1-x86_64', status: 'starting', resultDir: '00000007-hello' },
      startedOn: begun.startedOn,
    });
    const names = ports.names();
    assert.ok(names.indexOf('buildDirectories.prepare') < names.indexOf('frontend.startingBuild'));
    assert.deepEqual(ports.calls('forecast', 'ask'), [[begun.facts]]);
    assert.equal(ports.calls('buildDirectories', 'prepare')[0]?.[1], '00000000-0000-0000-0000-000000000000');
  });

  it('does not start what the frontend has no record of, and touches nothing', async () => {
    const ports = fakePorts({ frontend: { buildTask: () => Promise.resolve(null) } });
    const begun = await begin(ports);
    assert.ok(!begun.start);
    assert.deepEqual([begun.failure.code, begun.facts], ['TaskUnknown', null]);
    assert.deepEqual(ports.names(), ['frontend.buildTask']);
  });

  it('does not start a record that does not fit, and says why', async () => {
    const invalid = new PortFailure('TaskInvalid', 'project_owner is "../x"', { retryable: false });
    const begun = await begin(fakePorts({ frontend: { buildTask: () => Promise.reject(invalid) } }));
    assert.deepEqual(begun, {
      ...{ start: false, facts: null },
      failure: { code: 'TaskInvalid', message: 'project_owner is "../x"' },
    });
  });

  it('tries again when the frontend does not answer', async () => {
    const down = new PortFailure('FrontendUnavailable', 'no answer', { retryable: true });
    const ports = fakePorts({ frontend: { buildTask: () => Promise.reject(down) } });
    await assert.rejects(begin(ports), (error) => error === down);
  });

  it('does not start what the frontend took back', async () => {
    const ports = fakePorts({ frontend: { startingBuild: () => Promise.resolve(false) } });
    const begun = await begin(ports);
    assert.ok(!begun.start);
    assert.equal(begun.failure.code, 'StartRefused');
    assert.equal(begun.facts?.taskId, TASK);
    assert.deepEqual(ports.calls('forecast', 'ask'), []);
  });

  it('publishes a project at Pulp there, and any other in the tree', async () => {
    for (const [storage, store] of [
      [1, 'pulp'],
      [0, undefined],
      [null, undefined],
    ] as const) {
      const begun = await begin(fakePorts({ frontend: taskOf({ storage }) }));
      assert.equal(begun.facts?.store, store);
    }
  });

  it('waits, before a builder is taken, for a Pulp that nobody has configured', async () => {
    const { deps, calls } = fakePorts({ frontend: taskOf({ storage: 1 }) });
    const stores = { ...deps.stores, pulp: unconfiguredPulpStore({ destdir: '/results', remedy: 'write cli.toml' }) };
    const { beginBuild } = createBuildTaskActivities({ ...deps, stores });
    const waiting = activityContext().run(() => beginBuild({ taskId: TASK, kind: 'rpm' }));
    const { code, retryable, message } = await refusalOf(waiting);
    assert.deepEqual([code, retryable], ['PulpUnconfigured', true]);
    assert.match(message, /write cli\.toml/);
    assert.deepEqual(calls('frontend', 'startingBuild'), []);
  });

  it('finds the base repository missing only where the task names one of our own', async () => {
    const indexer = { exists: () => Promise.resolve(false) };
    for (const [id, missing] of [
      ['copr_base', true],
      ['copr_coprdir', true],
      ['https_example_org', false],
    ] as const) {
      const repos = [{ id, baseurl: 'http://results.test/' }];
      const begun = await begin(fakePorts({ indexer, frontend: taskOf({ repos }) }));
      assert.ok(begun.start === true);
      assert.equal(begun.missing.repository, missing, id);
    }
  });

  it('finds the key missing only where packages are signed', async () => {
    const projectKeys = { has: () => Promise.resolve(false) };
    for (const doSign of [true, false]) {
      const begun = await begin(fakePorts({ projectKeys, settings: { doSign } }));
      assert.ok(begun.start === true);
      assert.equal(begun.missing.key, doSign);
    }
  });
});

describe('requestPrerequisites', () => {
  it('asks the owners of the repository and of the key, with the answer to come to this run', async () => {
    const ports = fakePorts();
    const { requestPrerequisites } = createBuildTaskActivities(ports.deps);
    const facts = givenFacts({ dirname: 'hello:pr:1' });
    await activityContext().run(requestPrerequisites, {
      ...{ facts, repository: { requestId: 'r' }, key: { requestId: 'k' } },
    });
    const run = { workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' };
    assert.deepEqual(ports.calls('messages', 'requestChange'), [
      [
        { owner: 'jdoe', dirname: 'hello:pr:1', chroot: 'custom-1-x86_64' },
        { requestId: 'r', ...run, change: repositoryChange('ensure') },
      ],
    ]);
    assert.deepEqual(ports.calls('messages', 'requestProjectWork'), [
      [
        { owner: 'jdoe', project: 'hello' },
        { requestId: 'k', ...run, work: { kind: 'ensureKey', dirname: 'hello:pr:1' } },
      ],
    ]);
  });

  it('asks for nothing that is there', async () => {
    const ports = fakePorts();
    const { requestPrerequisites } = createBuildTaskActivities(ports.deps);
    await activityContext().run(requestPrerequisites, { facts: givenFacts(), repository: null, key: null });
    assert.deepEqual(ports.names(), []);
  });
});

describe('buildFacts', () => {
  const settings = { buildTimeout: 18_000, doSign: true };

  it('derives the place, the tags and the time of an RPM build', () => {
    const task = givenBuildTask({ dirname: 'hello:pr:1', tags: ['big', 'copr_builder', 'arch_x86_64'] });
    const facts = buildFacts(task, 'rpm', settings);
    assert.equal(facts.dirname, 'hello:pr:1');
    assert.equal(facts.project, 'hello');
    assert.deepEqual(facts.tags, ['arch_x86_64', 'big', 'copr_builder']);
    assert.deepEqual([facts.timeout, facts.sign, facts.kind], [18_000, true, 'rpm']);
    assert.equal(buildFacts({ ...task, timeout: 60 }, 'rpm', settings).timeout, 60);
    assert.equal(buildFacts(task, 'rpm', { ...settings, doSign: false }).sign, false);
  });

  it('asks for i386 builders by that name', () => {
    const facts = buildFacts(givenBuildTask({ chroot: 'epel-8-i386' }), 'rpm', settings);
    assert.deepEqual(facts.tags, ['arch_i386', 'copr_builder']);
    assert.equal(facts.chroot, 'epel-8-i386');
  });

  it('puts a source build into srpm-builds, on any builder, unsigned', () => {
    const facts = buildFacts(givenBuildTask({ taskId: '7', chroot: null }), 'source', settings);
    assert.deepEqual(
      [facts.chroot, facts.targetDir, facts.tags, facts.sign],
      ['srpm-builds', '00000007', ['arch_noarch', 'copr_builder'], false],
    );
  });

  it('takes the builder of a custom source from its script chroot, and nothing else', () => {
    const facts = buildFacts(givenBuildTask({ taskId: '7', chroot: 'fedora-42-s390x' }), 'source', settings);
    assert.deepEqual(
      [facts.chroot, facts.targetDir, facts.tags],
      ['srpm-builds', '00000007', ['arch_s390x', 'copr_builder']],
    );
  });

  it('remembers every distribution once that the report must speak of', () => {
    const task = givenBuildTask({
      distributionsInBuild: ['rhel', 'fedora'],
      distributionsInProject: ['fedora', 'epel'],
    });
    assert.deepEqual(buildFacts(task, 'source', settings).distributions, ['epel', 'fedora', 'rhel']);
  });
});

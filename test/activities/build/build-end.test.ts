import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createFinishActivities } from '../../../src/activities/build/build-end.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { StepActivities } from '../../../src/contracts/activities.js';
import type { BuildOutcome } from '../../../src/contracts/build/build.js';
import type { BuildReport } from '../../../src/ports/frontend.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { BuildStorage } from '../../../src/ports/build-storage.js';
import { activityContext } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { type FakePorts, fakePorts, type World } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath, stagedPath } from '../../support/result-paths.js';
import { givenTask } from '../../support/given-tasks.js';

type Input = Parameters<StepActivities['finishBuild']>[0];

const facts = givenFacts();
const sourceFacts = givenFacts({
  ...{ taskId: '7', kind: 'source', dirname: 'hello:pr:1', chroot: 'srpm-builds', targetDir: '00000007' },
  ...{ distributions: ['epel', 'fedora', 'rhel'], sign: false },
});
const SUCCEEDED: BuildOutcome = { result: 'succeeded', packages: 1 };
const FAILED: BuildOutcome = { result: 'failed', failure: { code: 'PackageFailed', message: 'error: x' } };
const CANCELED: BuildOutcome = { result: 'canceled', failure: { code: 'Canceled', message: 'canceled on request' } };
const down = new PortFailure('FrontendUnavailable', 'no answer', { retryable: true });

describe('finishBuild', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let tree: BuildStorage;

  beforeEach(async () => {
    root = await givenDirectory();
    tree = createResultTree({ destdir: root.path });
  });
  afterEach(() => root.remove());

  const list = async (): Promise<readonly string[]> =>
    (await readdir(buildPath(root.path, facts))).filter((name) => !name.startsWith('.')).sort();

  async function put(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  }

  async function given(
    of = facts,
    files: Readonly<Record<string, string>> = {},
    world: World = {},
  ): Promise<FakePorts> {
    await tree.buildDirectories.prepare(of, 'run');
    await put(buildPath(root.path, of), files);
    return fakePorts({ ...tree, ...world });
  }

  function finish(ports: FakePorts, changed: Partial<Input> = {}, attempt = 1): Promise<void> {
    const { finishBuild } = createFinishActivities(ports.deps);
    const input: Input = {
      ...{ facts, taskId: facts.taskId, kind: 'rpm', outcome: FAILED, startedOn: 100, endedOn: 160, staging: null },
      isCancelAsked: false,
      ...changed,
    };
    return activityContext({ attempt }).run(finishBuild, input);
  }

  const reports = (ports: FakePorts): readonly BuildReport[] =>
    ports.calls('frontend', 'reportBuild').map(([report]) => report);

  const BUILT = {
    success: 'done',
    'results.json': JSON.stringify({
      packages: [
        { name: 'hello', epoch: 0, version: '1.0', release: '1', arch: 'src', more: 'x' },
        { name: 'hello', epoch: 0, version: '1.0', release: '1', arch: 'x86_64' },
        { name: 'hello-doc', epoch: null, version: '1.0', release: '1', arch: 'noarch' },
      ],
    }),
  };

  it('reports what an RPM build made, in the order of results.json, and nothing the frontend does not know', async () => {
    const ports = await given(facts, BUILT);
    await finish(ports, { outcome: SUCCEEDED });
    assert.deepEqual(reports(ports), [
      {
        ...{
          id: 7,
          taskId: '7-custom-1-x86_64',
          chroot: 'custom-1-x86_64',
          resultDir: '00000007-hello',
          status: 'succeeded',
        },
        ...{ startedOn: 100, endedOn: 160 },
        built: {
          kind: 'rpm',
          packages: [
            { name: 'hello', epoch: 0, version: '1.0', release: '1', arch: 'src' },
            { name: 'hello', epoch: 0, version: '1.0', release: '1', arch: 'x86_64' },
            { name: 'hello-doc', epoch: null, version: '1.0', release: '1', arch: 'noarch' },
          ],
        },
      },
    ]);
  });

  it('reports a source package with its address and with every distribution the frontend looks up', async () => {
    const tags = { fedora: { exclusivearch: ['x86_64'] } };
    const json = { name: 'hello', epoch: 2, version: '1.0', release: '1', architecture_specific_tags: tags };
    const files = { success: '', 'results.json': JSON.stringify(json), 'hello-1.0^1-1.src.rpm': '' };
    const ports = await given(sourceFacts, files);
    await finish(ports, { facts: sourceFacts, taskId: '7', kind: 'source', outcome: SUCCEEDED });
    const [report] = reports(ports);
    assert.deepEqual(report?.built, {
      kind: 'source',
      source: {
        ...{ name: 'hello', epoch: 2, version: '1.0', release: '1' },
        architectureSpecificTags: { epel: {}, rhel: {}, ...tags },
      },
      srpmUrl: 'http://results.test/jdoe/hello:pr:1/srpm-builds/00000007/hello-1.0%5E1-1.src.rpm',
    });
  });

  it('leaves the logs of a failed build to people, but no RPM and no success', async () => {
    const ports = await given(facts, { 'builder-live.log': 'the log' });
    const staging = await tree.stagingArea.create(facts);
    await put(stagedPath(root.path, { ...facts, staging }), {
      ...BUILT,
      'hello-1.0-1.x86_64.rpm': 'unsigned',
      'root.log': 'mock',
      'hello.spec': 'spec',
    });
    const other = await tree.stagingArea.create(facts);
    await finish(ports, { staging });
    assert.deepEqual(await list(), ['backend.log.gz', 'builder-live.log.gz', 'hello.spec', 'results.json', 'root.log']);
    await assert.rejects(
      readdir(stagedPath(root.path, { ...facts, staging: other })),
      'staging of earlier attempts is gone',
    );
    assert.deepEqual([reports(ports)[0]?.status, reports(ports)[0]?.built], ['failed', undefined]);
  });

  it('says in backend.log how it ended and why, before the log is closed', async () => {
    const ports = await given();
    await finish(ports);
    const text = gunzipSync(await readFile(join(buildPath(root.path, facts), 'backend.log.gz'))).toString();
    assert.match(text, /ERROR.*Worker failed build, took 60: PackageFailed: error: x/);
  });

  it('tells the dispatcher only after the frontend has heard of it', async () => {
    const ports = await given();
    await finish(ports);
    const names = ports.names();
    assert.ok(names.indexOf('frontend.reportBuild') < names.indexOf('messages.taskEnded'));
    const [[of, end] = []] = ports.calls('messages', 'taskEnded');
    assert.deepEqual([of, end?.taskId], ['builds', facts.taskId]);
    const silent = await given(facts, {}, { frontend: { reportBuild: () => Promise.reject(down) } });
    await assert.rejects(finish(silent));
    assert.deepEqual(silent.calls('messages', 'taskEnded'), []);
  });

  it('does not report again what the frontend has already: it lists the task no more', async () => {
    const ports = await given();
    await finish(ports, {}, 2);
    assert.deepEqual(reports(ports), []);
    assert.equal(ports.calls('messages', 'taskEnded').length, 1);
  });

  it('reports again what the frontend still lists', async () => {
    const world: World = {
      frontend: { pendingBuilds: () => Promise.resolve([givenTask({ taskId: facts.taskId })]) },
    };
    const ports = await given(facts, {}, world);
    await finish(ports, {}, 2);
    assert.equal(reports(ports).length, 1);
  });

  it('looks at the list once or twice for all reports that are sent again after an outage', async () => {
    const ports = await given();
    const { finishBuild } = createFinishActivities(ports.deps);
    const again = Array.from({ length: 100 }, (_, index) =>
      activityContext({ attempt: 2 }).run(finishBuild, {
        ...{ facts: null, taskId: `${index + 1}-custom-1-x86_64`, kind: 'rpm' as const, outcome: FAILED },
        ...{ startedOn: 100, endedOn: 160, staging: null, isCancelAsked: false },
      }),
    );
    await Promise.all(again);
    assert.ok(ports.calls('frontend', 'pendingBuilds').length <= 2);
    assert.equal(ports.calls('messages', 'taskEnded').length, 100);
  });

  it('says in backend.log what there is to know of a build that succeeded', async () => {
    const ports = await given(facts, BUILT);
    await finish(ports, { outcome: { ...SUCCEEDED, note: 'hello-1.0-1 is in 00000006-hello too' } });
    const log = gunzipSync(await readFile(join(buildPath(root.path, facts), 'backend.log.gz'))).toString();
    assert.match(log, /WARNING.*hello-1\.0-1 is in 00000006-hello too/);
  });

  it('leaves no package and no success marker of what the repository refused, and says so', async () => {
    const ports = await given();
    const staging = await tree.stagingArea.create(facts);
    await put(stagedPath(root.path, { ...facts, staging }), {
      ...BUILT,
      'hello-1.0-1.x86_64.rpm': 'signed',
      'root.log': 'mock',
    });
    await tree.buildResults.deliver({ ...facts, staging });
    const failure = { code: 'PackageUnreadable' as const, message: 'hello-1.0-1.x86_64.rpm (createrepo_c: Warning)' };
    const input = { outcome: { result: 'failed' as const, failure }, refused: staging };
    await finish(ports, input);
    await finish(ports, input, 2);
    assert.deepEqual(await list(), ['backend.log.gz', 'results.json', 'root.log']);
    const log = gunzipSync(await readFile(join(buildPath(root.path, facts), 'backend.log.gz'))).toString();
    assert.match(log, /The repository does not name the packages; 1 are removed/);
    assert.match(
      log,
      /Worker failed build, took 60: PackageUnreadable: hello-1\.0-1\.x86_64\.rpm \(createrepo_c: Warning\)/,
    );
  });

  it('neither reports nor ends while the frontend cannot say what it has', async () => {
    const ports = await given(facts, {}, { frontend: { pendingBuilds: () => Promise.reject(down) } });
    await assert.rejects(finish(ports, {}, 2), (error) => error === down);
    assert.deepEqual([reports(ports), ports.calls('messages', 'taskEnded')], [[], []]);
  });

  it('reports a canceled build as failed, also a second time: the frontend lists it no more either way', async () => {
    const ports = await given();
    await finish(ports, { outcome: CANCELED }, 2);
    assert.deepEqual(
      reports(ports).map(({ status }) => status),
      ['failed'],
    );
  });

  describe('of a build that its user does not want any more', () => {
    const order = (ports: FakePorts): readonly string[] =>
      ports
        .names()
        .filter((name) => ['frontend.confirmCancel', 'frontend.reportBuild', 'messages.taskEnded'].includes(name));
    const asked: World['frontend'] = { cancelRequests: () => Promise.resolve(['6', facts.taskId]) };
    const refusing: World['frontend'] = { ...asked, confirmCancel: () => Promise.reject(down) };
    const canceled = { outcome: CANCELED, isCancelAsked: true };

    it('confirms the cancel before it reports, for the frontend keeps what it hears first', async () => {
      const ports = await given(facts, {}, { frontend: asked });
      await finish(ports, canceled);
      assert.deepEqual(order(ports), ['frontend.confirmCancel', 'frontend.reportBuild', 'messages.taskEnded']);
      assert.deepEqual(ports.calls('frontend', 'confirmCancel'), [[facts.taskId, true]]);
    });

    it('confirms it afterwards when the cancel came too late: then the request only goes away', async () => {
      const ports = await given(facts, {}, { frontend: asked });
      await finish(ports, { isCancelAsked: true });
      assert.deepEqual(order(ports), ['frontend.reportBuild', 'frontend.confirmCancel', 'messages.taskEnded']);
    });

    it('reports again, though the frontend lists it no more, for it does not list what its user cancels', async () => {
      const ports = await given(facts, BUILT, { frontend: asked });
      await finish(ports, { outcome: SUCCEEDED, isCancelAsked: true }, 2);
      assert.deepEqual(order(ports), ['frontend.reportBuild', 'frontend.confirmCancel', 'messages.taskEnded']);
      assert.deepEqual(
        reports(ports).map(({ status }) => status),
        ['succeeded'],
      );
    });

    it('confirms nothing that the frontend did not ask for: an operator has canceled it', async () => {
      const ports = await given();
      await finish(ports, canceled);
      assert.deepEqual(order(ports), ['frontend.reportBuild', 'messages.taskEnded']);
    });

    it('insists on the confirmation for some attempts, and then frees its slot all the same', async () => {
      const first = await given(facts, {}, { frontend: refusing });
      await assert.rejects(finish(first, canceled, 4), (error) => error === down);
      assert.deepEqual(order(first), ['frontend.confirmCancel']);
      const last = await given(facts, {}, { frontend: refusing });
      await finish(last, canceled, 5);
      assert.deepEqual(order(last), ['frontend.confirmCancel', 'frontend.reportBuild', 'messages.taskEnded']);
    });

    it('leaves a confirmation that came too late and does not get through to the dispatcher', async () => {
      const ports = await given(facts, {}, { frontend: refusing });
      await finish(ports, { isCancelAsked: true });
      assert.deepEqual(order(ports), ['frontend.reportBuild', 'frontend.confirmCancel', 'messages.taskEnded']);
    });

    it('does not report a source after its cancel: the frontend would fail it, and all its chroots', async () => {
      const source = { ...canceled, kind: 'source' as const };
      const ports = await given(facts, {}, { frontend: asked });
      await finish(ports, source);
      assert.deepEqual(order(ports), ['frontend.confirmCancel', 'messages.taskEnded']);
      assert.equal(ports.calls('observer', 'buildReported').length, 1);
      const again = await given();
      await finish(again, source, 2);
      assert.deepEqual(order(again), ['messages.taskEnded'], 'the first attempt has confirmed it');
      const byOperator = await given(
        facts,
        {},
        {
          frontend: { pendingBuilds: () => Promise.resolve([givenTask({ taskId: facts.taskId })]) },
        },
      );
      await finish(byOperator, source, 2);
      assert.deepEqual(order(byOperator), ['frontend.reportBuild', 'messages.taskEnded']);
    });
  });

  it('reports a failed build whose first report got lost, though its results are in their place since', async () => {
    const refused = await given(facts, {}, { frontend: { reportBuild: () => Promise.reject(down) } });
    const staging = await tree.stagingArea.create(facts);
    await put(stagedPath(root.path, { ...facts, staging }), {
      'root.log': 'mock',
      'hello-1.0-1.x86_64.rpm': 'unsigned',
    });
    const input = { staging };
    await assert.rejects(finish(refused, input), (error) => error === down);
    const pending = { pendingBuilds: () => Promise.resolve([givenTask({ taskId: facts.taskId })]) };
    const ports = fakePorts({ ...tree, frontend: pending });
    await finish(ports, input, 2);
    assert.equal(reports(ports).length, 1);
    assert.deepEqual(await list(), ['backend.log.gz', 'root.log']);
  });

  it('reports nothing of a task without a record, and gives its slot back: it is built once there is one', async () => {
    const ports = fakePorts({ ...tree });
    const failure = { code: 'TaskUnknown', message: 'no record' } as const;
    await finish(ports, { facts: null, outcome: { result: 'refused', failure } });
    assert.deepEqual(ports.names(), ['log.info', 'messages.taskEnded']);
    assert.equal(ports.calls('messages', 'taskEnded')[0]?.[1].as, 'inactive');
  });

  it('reports a task whose record does not fit, from its id alone', async () => {
    const ports = fakePorts({ ...tree });
    const failure = { code: 'TaskInvalid', message: 'no record of ours' } as const;
    await finish(ports, { facts: null, outcome: { result: 'refused', failure } });
    assert.deepEqual(reports(ports), [
      {
        ...{ id: 7, taskId: facts.taskId, chroot: 'custom-1-x86_64', resultDir: '00000007', status: 'failed' },
        ...{ startedOn: 100, endedOn: 160 },
      },
    ]);
    assert.deepEqual(
      ports.names().filter((name) => name.startsWith('tree.')),
      [],
    );
  });

  it('only gives the slot back when the frontend has the report', async () => {
    const ports = await given(sourceFacts);
    const before = ports.names().length;
    const source = { facts: sourceFacts, taskId: '7', kind: 'source', outcome: SUCCEEDED } as const;
    await finish(ports, { ...source, isReported: true });
    assert.deepEqual(ports.names().slice(before), ['log.info', 'messages.taskEnded']);
    assert.equal(ports.calls('messages', 'taskEnded')[0]?.[1].as, 'source built');
  });

  it('tells the dispatcher which end is the success of a source', async () => {
    const json = { name: 'hello', epoch: 2, version: '1.0', release: '1', architecture_specific_tags: {} };
    const files = { success: '', 'results.json': JSON.stringify(json), 'hello-1.0-1.src.rpm': '' };
    const source = { facts: sourceFacts, taskId: '7', kind: 'source' } as const;
    const kinds: unknown[] = [];
    for (const outcome of [SUCCEEDED, FAILED]) {
      const ports = await given(sourceFacts, files);
      await finish(ports, { ...source, outcome });
      kinds.push(ports.calls('messages', 'taskEnded')[0]?.[1].as);
    }
    const rpm = await given(facts, BUILT);
    await finish(rpm, { outcome: SUCCEEDED });
    kinds.push(rpm.calls('messages', 'taskEnded')[0]?.[1].as);
    assert.deepEqual(kinds, ['source built', undefined, undefined]);
  });

  describe('with a builder that is still being given back', () => {
    const log = async (name: string): Promise<string> => {
      const content = await readFile(join(buildPath(root.path, facts), name));
      return name.endsWith('.gz') ? gunzipSync(content).toString() : content.toString();
    };

    it('shows backend.log to people, and takes the last lines into it before it is closed', async () => {
      const ports = await given();
      await finish(ports, { outcome: CANCELED, keepsLogOpen: true });
      assert.match(await log('backend.log.gz'), /Canceled/);
      await tree.backendLog.note(facts, ['Builder released, ticket 17']);
      await activityContext().run(createFinishActivities(ports.deps).closeLog, { facts });
      assert.match(await log('backend.log.gz'), /Canceled[^]*Builder released, ticket 17/);
      assert.deepEqual(await list(), ['backend.log.gz']);
    });

    it('says its last words once, however often the report is tried', async () => {
      const warnings: string[] = [];
      const warn = (_: object, message: string): void => void warnings.push(message);
      tree = createResultTree({ destdir: root.path, log: { warn } });
      for (const open of [{ keepsLogOpen: true } as const, {}]) {
        const ports = await given(facts, {}, { frontend: { reportBuild: () => Promise.reject(down) } });
        for (const attempt of [1, 2, 3]) await assert.rejects(finish(ports, { outcome: CANCELED, ...open }, attempt));
        assert.equal((await log('backend.log.gz')).match(/Worker failed build/g)?.length, 1);
        await tree.buildDirectories.prepare(facts, 'another run');
      }
      assert.deepEqual(warnings, [], 'an outage of the frontend is no loss of lines');
    });
  });

  it('does not drop the end of a build for a wrong password: it is tried until an operator has repaired it', async () => {
    const refusal = new PortFailure('FrontendRefused', '403', { retryable: false });
    const ports = await given(facts, {}, { frontend: { reportBuild: () => Promise.reject(refusal) } });
    await assert.rejects(finish(ports), refusal);
    assert.deepEqual(ports.calls('messages', 'taskEnded'), []);
  });
});

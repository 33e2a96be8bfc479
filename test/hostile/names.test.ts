import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { createBuildTaskActivities } from '../../src/activities/build/build-tasks.js';
import { createBuilderActivities } from '../../src/activities/build/builders.js';
import { createFinishActivities } from '../../src/activities/build/build-end.js';
import { createFrontendHttp } from '../../src/adapters/frontend-http/frontend.js';
import { createResultTree } from '../../src/adapters/result-tree/result-tree.js';
import type { BeginBuildResult } from '../../src/contracts/activities.js';
import { answerJson, type FrontendServer, startFrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { activityContext, activityFailureOf } from '../support/activity.js';
import { givenFacts } from '../support/fake-activities.js';
import { fakePorts, type FakePorts } from '../support/fake-ports.js';
import { givenDirectory } from '../support/given-directory.js';

const HOSTILE = [
  '../../../etc',
  '..',
  '/etc/passwd',
  'a/b',
  'line\nfeed',
  'back\\slash',
  '$(touch pwned)',
  '`id`',
  "x'; rm -rf /; '",
  '-oProxyCommand=id',
  '.hidden',
  'nul\0',
  'bell\x07',
  'right\u202eleft',
  'x'.repeat(300),
  '',
];
/** A payload of the server is refused above 2 MiB. */
const PAYLOAD_BYTES = 2 * 1024 * 1024;
const TASK = {
  task_id: '7-fedora-44-x86_64',
  build_id: 7,
  project_owner: 'jdoe',
  project_name: 'hello',
  project_dirname: 'hello',
  chroot: 'fedora-44-x86_64',
  package_name: 'hello',
};

describe('names from outside', () => {
  let server: FrontendServer;
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let ports: FakePorts;
  let warnings: object[];

  before(async () => {
    server = await startFrontendServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    root = await givenDirectory();
    warnings = [];
    const log = { warn: (fields: object) => void warnings.push(fields) };
    const frontend = createFrontendHttp({ baseUrl: server.url, password: 'p', log });
    ports = fakePorts({ frontend, ...createResultTree({ destdir: root.path }) });
  });
  afterEach(() => root.remove());

  for (const field of ['project_owner', 'project_name', 'project_dirname', 'package_name', 'chroot'] as const) {
    it(`as ${field} of a task end the build with a reason, and nothing is made under them`, async () => {
      for (const name of HOSTILE) {
        const taskId = field === 'chroot' && name !== '' ? `7-${name}` : TASK.task_id;
        server.answer = answerJson({ ...TASK, task_id: taskId, [field]: name });
        const { beginBuild } = createBuildTaskActivities(ports.deps);
        const begun: BeginBuildResult = await activityContext().run(beginBuild, { taskId, kind: 'rpm' as const });
        assert.ok(!begun.start, JSON.stringify(name));
        assert.deepEqual([begun.facts, begun.failure.code], [null, 'TaskInvalid']);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(begun.failure.message, /[\u0000-\u001f]/, 'one line');
        assert.ok(begun.failure.message.length < 2000);
        assert.deepEqual(await readdir(root.path), []);
      }
    });
  }

  it('end with one report, which says no more than the task id does', async () => {
    server.answer = answerJson({ ...TASK, project_owner: '../../etc' });
    const { beginBuild } = createBuildTaskActivities(ports.deps);
    const { finishBuild } = createFinishActivities(ports.deps);
    const taskId = TASK.task_id;
    const begun: BeginBuildResult = await activityContext().run(beginBuild, { taskId, kind: 'rpm' as const });
    assert.ok(!begun.start);
    server.answer = answerJson({ updated_builds_ids: [7], non_existing_builds_ids: [] });
    await activityContext().run(finishBuild, {
      ...{ facts: begun.facts, taskId, kind: 'rpm' as const, startedOn: 1, endedOn: 2, staging: null },
      isCancelAsked: false,
      outcome: { result: 'refused' as const, failure: begun.failure },
    });
    const reports = server.seen.filter(({ path }) => path === '/backend/update/').map(({ body }) => body);
    assert.deepEqual(reports, [
      {
        builds: [
          {
            ...{ id: 7, build_id: 7, task_id: taskId, chroot: 'fedora-44-x86_64', status: 0 },
            ...{ result_dir: '00000007', started_on: 1, ended_on: 2 },
          },
        ],
      },
    ]);
  });

  it('may be as long as the file system allows together with what is put around them', async () => {
    const chroot = `fedora-${'4'.repeat(106)}-x86_64`;
    const task = { ...TASK, build_id: 999_999_999_999_999, package_name: 'p'.repeat(100), chroot };
    const taskId = `${task.build_id}-${chroot}`;
    server.answer = (request, response) => {
      const answer = request.method === 'POST' ? { can_start: true } : { ...task, task_id: taskId };
      answerJson(answer)(request, response);
    };
    const { beginBuild } = createBuildTaskActivities(ports.deps);
    const begun: BeginBuildResult = await activityContext().run(beginBuild, { taskId, kind: 'rpm' as const });
    assert.ok(begun.start);
    await ports.deps.stagingArea.create(begun.facts);
  });

  it('of a list stop nobody else’s build, and never fill a history', async () => {
    const good = { task_id: '9', build_id: 9, project_owner: 'jdoe', chroot: null };
    const long = 'x'.repeat(100_000);
    const bad = [
      ...HOSTILE.map((name) => ({ ...good, task_id: name })),
      ...HOSTILE.map((name) => ({ ...good, task_id: `8-${name}`, project_owner: name, chroot: name, sandbox: name })),
      { ...good, task_id: '8', project_owner: long, sandbox: long, chroot: long },
      { ...good, task_id: '8', tags: Array.from({ length: 100 }, () => long) },
      { ...good, task_id: '8', tags: Array.from({ length: 10_000 }, () => 'tag') },
    ];
    const text = JSON.stringify([...bad, good]);
    // JSON.stringify cannot write what is this deep.
    const nested = '['.repeat(50_000) + ']'.repeat(50_000);
    server.answer = (_request, response) =>
      response.writeHead(200, { 'copr-fe-be-api-version': '9' }).end(`[${nested},${text.slice(1)}`);
    const tasks = await ports.deps.frontend.pendingBuilds();
    assert.equal(tasks.at(-1)?.taskId, '9');
    assert.ok(warnings.length > 0);
    for (const task of tasks) {
      assert.match(task.taskId, /^\d+(-.+)?$/);
      assert.ok(JSON.stringify(task).length < PAYLOAD_BYTES / 200, task.taskId.slice(0, 50));
    }
    for (const warning of warnings) assert.ok(JSON.stringify(warning).length < 2000);
  });

  it('of a builder are refused by the ticket they came with, and the ticket is closed', async () => {
    const outputs = [
      ...HOSTILE.filter((name) => name !== 'line\nfeed' && name !== '-oProxyCommand=id'),
      '-oProxyCommand=id',
      'a host with words',
      ...HOSTILE.map((name) => `---\nhost: ${JSON.stringify(name)}\nname: b1\n`),
      // A builder's name is only shown: one like a file's name is as good as any.
      ...HOSTILE.filter((name) => !name.startsWith('.') || name.includes('/')).map(
        (name) => `---\nhost: 10.0.0.1\nname: ${JSON.stringify(name)}\n`,
      ),
      ...[0, -1, 65_536, '22; id', '[22]'].map((port) => `---\nhost: 10.0.0.1\nname: b1\nssh_port: ${port}\n`),
      '---\na: &a [x, x, x]\nb: &b [*a, *a, *a]\nhost: *b\nname: b1\n',
      `---\n${'['.repeat(16_000)}`,
      `---\n${'['.repeat(1_000_000)}`,
    ];
    for (const output of outputs) {
      const pooled = fakePorts({ pool: { collect: () => Promise.resolve({ state: 'ready', output }) } });
      const { acquireBuilder } = createBuilderActivities(pooled.deps);
      const env = activityContext();
      const failure = await activityFailureOf(env.run(acquireBuilder, { facts: givenFacts(), sandboxed: true }));
      assert.deepEqual(
        [failure.type, failure.nonRetryable],
        ['TicketUnusable', true],
        JSON.stringify(output.slice(0, 99)),
      );
      assert.deepEqual(pooled.calls('pool', 'close'), [[17]]);
      assert.ok(failure.message.length < 400);
    }
  });
});

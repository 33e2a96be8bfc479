import assert from 'node:assert/strict';
import { createFrontendHttp } from '../../../src/adapters/frontend-http/frontend.js';
import type { Frontend } from '../../../src/ports/frontend.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { answerJson, recorded, replay, startFrontendServer } from './frontend-server.js';
import type { FrontendServer } from './frontend-server.js';

const PASSWORD = 'backend-secret-1234';
const SENT = Buffer.from(`user:${PASSWORD}`).toString('base64');

describe('createFrontendHttp', () => {
  let server: FrontendServer;
  let frontend: Frontend;
  let warnings: { fields: Readonly<Record<string, unknown>>; message: string }[];

  before(async () => {
    server = await startFrontendServer();
  });
  after(() => server.stop());
  beforeEach(() => {
    server.seen.length = 0;
    warnings = [];
    const log = {
      warn: (fields: Readonly<Record<string, unknown>>, message: string) => void warnings.push({ fields, message }),
    };
    frontend = createFrontendHttp({ baseUrl: server.url, password: PASSWORD, log });
  });

  async function refusal(promise: Promise<unknown>): Promise<PortFailure> {
    const error: unknown = await promise.then(
      () => assert.fail('nothing was refused'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof PortFailure, String(error));
    return error;
  }

  /** A recorded record with some fields changed. */
  function changed(name: string, fields: Record<string, unknown>): Record<string, unknown> {
    return { ...(JSON.parse(recorded[name]?.response ?? '') as Record<string, unknown>), ...fields };
  }

  describe('requests', () => {
    it('carry credentials, a version and exactly one final slash', async () => {
      server.answer = answerJson([]);
      for (const end of ['', '/', '//']) {
        await createFrontendHttp({ baseUrl: `${server.url}/copr${end}`, password: 'p:ü' }).pendingBuilds();
      }
      assert.deepEqual(
        server.seen.map(({ path }) => path),
        Array(3).fill('/copr/backend/pending-jobs/'),
      );
      const { headers } = server.seen[0] ?? assert.fail();
      assert.equal(headers.authorization, `Basic ${Buffer.from('user:p:ü').toString('base64')}`);
      assert.match(headers['user-agent'] ?? '', /^copr-backend\/\d+\.\d+\.\d+$/);
    });

    it('share one connection', async () => {
      server.answer = answerJson([]);
      const before = server.connections();
      for (let n = 0; n < 5; n += 1) await frontend.cancelRequests();
      assert.equal(server.connections(), before + 1);
    });

    it('stop for a signal with its reason', async () => {
      const abort = new AbortController();
      server.answer = () => abort.abort(new Error('shutting down'));
      await assert.rejects(frontend.pendingBuilds(abort.signal), { message: 'shutting down' });
      await assert.rejects(frontend.pendingBuilds(abort.signal), { message: 'shutting down' });
    });
  });

  describe('pendingBuilds', () => {
    it('reads source tasks', async () => {
      server.answer = replay('pending-jobs-source');
      assert.deepEqual(await frontend.pendingBuilds(), [
        {
          taskId: '1',
          owner: 'jdoe',
          sandbox: 'jdoe/hello--jdoe',
          background: false,
          chroot: null,
          source: true,
          tags: [],
          userSsh: false,
          priority: 0,
        },
      ]);
    });

    it('reads RPM tasks in their order', async () => {
      server.answer = replay('pending-jobs-rpm');
      const tasks = await frontend.pendingBuilds();
      assert.deepEqual(
        tasks.map(({ taskId, chroot, source }) => [taskId, chroot, source]),
        [
          ['1-fedora-rawhide-x86_64', 'fedora-rawhide-x86_64', false],
          ['1-fedora-44-x86_64', 'fedora-44-x86_64', false],
        ],
      );
    });

    it('reads every option', async () => {
      server.answer = replay('pending-jobs-options');
      const [task] = await frontend.pendingBuilds();
      assert.deepEqual(task, {
        taskId: '8-fedora-44-x86_64',
        owner: 'jdoe',
        sandbox: 'jdoe/hello--84633365-789e-4a19-812c-93bf39d38cf3',
        background: true,
        chroot: 'fedora-44-x86_64',
        source: false,
        tags: ['on_demand_powerful', 'x86_64_v3'],
        userSsh: true,
        priority: 0,
      });
    });

    it('leaves out what does not fit, and says so', async () => {
      const good = { task_id: '5', build_id: 5, project_owner: 'a', sandbox: null, priority: -3 };
      server.answer = answerJson([
        null,
        7,
        { ...good, task_id: '../../etc' },
        { ...good, tags: 'x' },
        good,
        { ...good, project_owner: 5 },
      ]);
      assert.deepEqual(
        (await frontend.pendingBuilds()).map(({ taskId, priority }) => [taskId, priority]),
        [['5', -3]],
      );
      assert.equal(warnings.length, 5);
      assert.ok(warnings.every(({ message }) => message === 'item of the frontend left out'));
      assert.match(String(warnings[2]?.fields['problems']), /task_id: "\.\.\/\.\.\/etc" is not a task id/);
    });

    it('takes a large list', async () => {
      const items = Array.from({ length: 20_000 }, (_, n) => ({
        task_id: `${n}-fedora-44-x86_64`,
        build_id: n,
        project_owner: 'a',
      }));
      server.answer = answerJson(items);
      assert.equal((await frontend.pendingBuilds()).length, 20_000);
    });

    it('takes half a list for no answer', async () => {
      server.answer = (_request, response) => {
        response.writeHead(200, { 'copr-fe-be-api-version': '9' });
        response.write('[{"task_id": "1", "build_id": 1, "project_owner": "a"},\n', () => response.destroy());
      };
      const cut = await refusal(frontend.pendingBuilds());
      assert.equal(cut.code, 'FrontendUnavailable');
      assert.equal(cut.retryable, true);
      assert.match(cut.message, /GET http:.*\/backend\/pending-jobs\/: the answer ended early/);
      assert.ok(cut.cause instanceof Error);
      server.answer = (_request, response) =>
        response.writeHead(200, { 'copr-fe-be-api-version': '9' }).end('[{"task_id": "1"},');
      const short = await refusal(frontend.pendingBuilds());
      assert.equal(short.code, 'FrontendUnavailable');
      assert.match(short.message, /18 bytes is not whole JSON/);
    });

    it('takes something else than a list for no answer', async () => {
      server.answer = answerJson({ detail: 'maintenance' });
      assert.equal((await refusal(frontend.pendingBuilds())).code, 'FrontendUnavailable');
    });
  });

  describe('pendingActions', () => {
    it('reads JSON that calls itself HTML', async () => {
      server.answer = replay('pending-actions');
      const nothing = { sandbox: null, background: false, chroot: null, source: false, tags: [], userSsh: false };
      assert.deepEqual(await frontend.pendingActions(), [
        { taskId: '1', owner: 'jdoe', priority: -99, ...nothing },
        { taskId: '2', owner: 'jdoe', priority: -70, ...nothing },
      ]);
      server.answer = answerJson([{ id: 3, priority: 0, project_owner: null }]);
      assert.equal((await frontend.pendingActions())[0]?.owner, '');
    });
  });

  describe('cancels', () => {
    it('reads requests and confirms them exactly as listed', async () => {
      server.answer = replay('cancel-requests');
      assert.deepEqual(await frontend.cancelRequests(), ['34']);
      server.answer = replay('canceled');
      await frontend.confirmCancel('34', true);
      await frontend.confirmCancel('34-fedora/../x?', false);
      assert.deepEqual(
        server.seen.slice(1).map(({ method, path, body }) => [method, path, body]),
        [
          ['POST', '/backend/build-tasks/canceled/34/', true],
          ['POST', '/backend/build-tasks/canceled/34-fedora%2F..%2Fx%3F/', null],
        ],
      );
      assert.equal(server.seen[1]?.headers['content-type'], 'application/json');
    });
  });

  describe('buildTask', () => {
    it('reads a source task', async () => {
      server.answer = replay('source-task');
      assert.deepEqual(await frontend.buildTask('1'), {
        taskId: '1',
        buildId: 1,
        owner: 'jdoe',
        project: 'hello',
        dirname: 'hello',
        chroot: null,
        packageName: null,
        packageVersion: null,
        submitter: 'jdoe',
        sandbox: 'jdoe/hello--jdoe',
        tags: [],
        timeout: null,
        usesDevelRepo: false,
        sshPublicKeys: null,
        appstream: false,
        storage: null,
        repos: [],
        distributionsInBuild: [],
        distributionsInProject: ['fedora-44', 'fedora-rawhide'],
      });
      assert.equal(server.seen[0]?.path, '/backend/get-srpm-build-task/1/');
      server.answer = replay('source-task-custom');
      assert.equal((await frontend.buildTask('4'))?.chroot, 'fedora-44-x86_64');
    });

    it('reads RPM tasks', async () => {
      server.answer = replay('rpm-task');
      const task = await frontend.buildTask('1-fedora-44-x86_64');
      assert.equal(server.seen[0]?.path, '/backend/get-build-task/1-fedora-44-x86_64/');
      assert.deepEqual(
        { ...task, repos: task?.repos.map(({ id }) => id) },
        {
          taskId: '1-fedora-44-x86_64',
          buildId: 1,
          owner: 'jdoe',
          project: 'hello',
          dirname: 'hello',
          chroot: 'fedora-44-x86_64',
          packageName: 'hello',
          packageVersion: '1.0-1',
          submitter: 'jdoe',
          sandbox: 'jdoe/hello--jdoe',
          tags: [],
          timeout: 18_000,
          usesDevelRepo: false,
          sshPublicKeys: null,
          appstream: false,
          storage: 0,
          repos: ['copr_base'],
          distributionsInBuild: [],
          distributionsInProject: [],
        },
      );
      server.answer = replay('rpm-task-coprdir');
      const inDirectory = await frontend.buildTask('9-fedora-44-x86_64');
      assert.equal(inDirectory?.dirname, 'hello:pr:7');
      assert.deepEqual(
        inDirectory.repos.map(({ id }) => id),
        ['copr_base', 'copr_coprdir'],
      );
      server.answer = replay('rpm-task-options');
      assert.equal((await frontend.buildTask('8-fedora-44-x86_64'))?.appstream, true);
    });

    it('reads a task with a megabyte of keys of its user', async () => {
      const keys = Array.from({ length: 1500 }, (_, at) => `ssh-rsa ${'A'.repeat(700)} user${at}`).join('\n');
      server.answer = answerJson(changed('rpm-task', { ssh_public_keys: keys }));
      assert.equal((await frontend.buildTask('1-fedora-44-x86_64'))?.sshPublicKeys, keys);
    });

    it('answers null where the frontend has nothing to build', async () => {
      for (const name of ['task-null', 'task-unknown']) {
        server.answer = replay(name);
        assert.equal(await frontend.buildTask('38-fedora-rawhide-x86_64'), null, name);
      }
    });

    it('does not take a proxy’s 404 for the frontend’s word', async () => {
      server.answer = replay('task-path-unknown');
      const failure = await refusal(frontend.buildTask('40-fedora-44-x86_64'));
      assert.equal(failure.code, 'FrontendRefused');
      assert.match(failure.message, /HTTP 404: Copr Build System Page Not Found$/);
    });

    for (const [field, value] of [
      ['project_owner', '../../etc'],
      ['project_name', '.hidden'],
      ['project_dirname', 'a/b'],
      ['chroot', 'fedora-44-x86_64\n'],
      ['package_name', '$(touch x)'],
      ['package_name', null],
      ['package_name', 'x'.repeat(300)],
      ['task_id', '2-fedora-44-x86_64'],
      ['build_id', '1'],
      ['build_id', 2],
      ['timeout', 'long'],
      ['repos', [{ id: 'copr_base' }]],
    ] as const) {
      it(`refuses a task whose ${field} is ${JSON.stringify(value).slice(0, 40)}`, async () => {
        server.answer = answerJson(changed('rpm-task', { [field]: value }));
        const failure = await refusal(frontend.buildTask('1-fedora-44-x86_64'));
        assert.equal(failure.code, 'TaskInvalid');
        assert.equal(failure.retryable, false);
        assert.ok(failure.message.includes(field), failure.message);
        assert.ok(failure.message.length < 400, failure.message);
        assert.doesNotMatch(failure.message, /\n/);
      });
    }

    it('lists everything that is wrong', async () => {
      server.answer = answerJson(changed('rpm-task', { project_owner: 5, tags: [1] }));
      const failure = await refusal(frontend.buildTask('1-fedora-44-x86_64'));
      assert.match(failure.message, /project_owner: .*; tags\.0: /);
    });
  });

  describe('reports', () => {
    const report = {
      id: 7,
      taskId: '7-fedora-44-x86_64',
      chroot: 'fedora-44-x86_64',
      status: 'starting',
      resultDir: '00000007-hello',
    } as const;
    const wire = {
      id: 7,
      build_id: 7,
      task_id: '7-fedora-44-x86_64',
      chroot: 'fedora-44-x86_64',
      result_dir: '00000007-hello',
    };

    it('ask whether a build may start', async () => {
      server.answer = replay('starting-build');
      assert.equal(await frontend.startingBuild({ ...report, startedOn: 1_760_000_000.9 }), true);
      assert.deepEqual(server.seen[0], {
        ...server.seen[0],
        method: 'POST',
        path: '/backend/starting_build/',
        body: { ...wire, status: 6, started_on: 1_760_000_000 },
      });
      server.answer = replay('starting-unknown');
      assert.equal(await frontend.startingBuild(report), false);
      server.answer = answerJson({});
      assert.equal((await refusal(frontend.startingBuild(report))).code, 'FrontendUnavailable');
    });

    it('carry every field, one build alone', async () => {
      server.answer = replay('update-running');
      const ended = { ...report, status: 'succeeded', endedOn: 1_760_000_400 } as const;
      const hello = { name: 'hello', epoch: 3, version: '1', release: '2' };
      const packages = ['src', 'nosrc', 'x86_64', 'i686'].map((arch) => ({ ...hello, arch }));
      await frontend.reportBuild({
        ...ended,
        built: { kind: 'rpm', packages: packages.map((one) => ({ ...one, more: 'is not for the frontend' })) },
      });
      const architectureSpecificTags = { fedora: { exclusivearch: ['x86_64'] } };
      const source = { ...hello, architectureSpecificTags };
      await frontend.reportBuild({ ...ended, built: { kind: 'source', source, srpmUrl: 'https://be/x.src.rpm' } });
      const said = { ...wire, status: 1, ended_on: 1_760_000_400 };
      assert.deepEqual(
        server.seen.map(({ body }) => body),
        [
          { builds: [{ ...said, built_packages: 'hello 1\nhello 1', results: { packages } }] },
          {
            builds: [
              {
                ...{ ...said, built_packages: '', pkg_name: 'hello', pkg_version: '3:1-2' },
                srpm_url: 'https://be/x.src.rpm',
                results: { ...hello, architecture_specific_tags: architectureSpecificTags },
              },
            ],
          },
        ],
      );
    });

    it('may speak of a build that is gone', async () => {
      server.answer = replay('update-unknown');
      await frontend.reportBuild({ ...report, status: 'running' });
    });

    it('finish actions', async () => {
      server.answer = replay('update-action');
      await frontend.reportAction(1, { result: 'succeeded', note: 'stays here' });
      await frontend.reportAction(2, { result: 'failed', message: 'no' });
      assert.deepEqual(
        server.seen.map(({ body }) => body),
        [{ actions: [{ id: 1, result: 1 }] }, { actions: [{ id: 2, result: 2, message: 'no' }] }],
      );
    });

    it('are not sent twice over a connection that was just closed', async () => {
      let dropped = 0;
      server.answer = answerJson([]);
      await frontend.pendingBuilds();
      server.answer = (request) => {
        dropped += 1;
        request.socket.destroy();
      };
      assert.equal(
        (await refusal(frontend.reportBuild({ ...report, status: 'succeeded' }))).code,
        'FrontendUnavailable',
      );
      assert.equal(dropped, 1);
    });
  });

  describe('action', () => {
    it('reads a record and its data', async () => {
      server.answer = replay('action-createrepo');
      const action = await frontend.action(1);
      assert.equal(server.seen[0]?.path, '/backend/action/1/');
      assert.deepEqual(action, {
        ...{ id: 1, store: 'tree' },
        request: {
          ...{ type: 'createrepo', owner: 'jdoe', dirnames: ['hello'] },
          chroots: ['fedora-44-x86_64', 'fedora-rawhide-x86_64'],
          ...{ devel: false, appstream: false },
        },
      });
    });

    it('refuses data that does not fit the type, with what is wrong in it', async () => {
      for (const data of [null, JSON.stringify({ ownername: '../x' })]) {
        server.answer = answerJson(changed('action-createrepo', { data }));
        const { code, retryable, message } = await refusal(frontend.action(1));
        assert.deepEqual([code, retryable], ['TaskInvalid', false]);
        assert.match(message, /^the data of action 1 does not fit: [^\n]+$/);
      }
    });

    it('refuses a type that it does not know, by its number', async () => {
      server.answer = answerJson(changed('action-createrepo', { action_type: 99 }));
      const { code, retryable, message } = await refusal(frontend.action(1));
      assert.deepEqual([code, retryable], ['ActionUnsupported', false]);
      assert.match(message, /action type 99 is not known/);
    });

    for (const [what, data] of [
      ['not JSON', '{"a":'],
      ['not text', { a: 1 }],
      ['too deep', '['.repeat(34) + ']'.repeat(34)],
      ['far too deep', '['.repeat(100_000) + ']'.repeat(100_000)],
      ['too large', JSON.stringify('x'.repeat(32 * 1024 * 1024))],
    ] as const) {
      it(`refuses data that is ${what}`, async () => {
        server.answer = answerJson(changed('action-createrepo', { data }));
        const failure = await refusal(frontend.action(1));
        assert.equal(failure.code, 'TaskInvalid');
        assert.match(failure.message, /action 1: .*data: /);
        assert.ok(failure.message.length < 300);
      });
    }
  });

  describe('refusals', () => {
    const update = (): Promise<void> => frontend.reportAction(1, { result: 'succeeded', note: 'stays here' });

    it('are classified by status, whatever the page says', async () => {
      const expected: readonly [number, string, boolean][] = [
        [500, 'FrontendUnavailable', true],
        [503, 'FrontendUnavailable', true],
        [408, 'FrontendUnavailable', true],
        [302, 'FrontendUnavailable', true],
        [400, 'FrontendRefused', false],
        [401, 'FrontendRefused', false],
        [415, 'FrontendRefused', false],
      ];
      for (const [status, code, retryable] of expected) {
        server.answer = (_request, response) =>
          response.writeHead(status, { location: '/login' }).end('<html>\u001b[2Jno</html>');
        const failure = await refusal(update());
        assert.deepEqual([failure.code, failure.retryable], [code, retryable], String(status));
        assert.ok(failure.message.includes(`POST ${server.url}/backend/update/: HTTP ${status}`));
        assert.ok(!failure.message.includes('\u001b'));
      }
      server.answer = replay('update-null');
      assert.match((await refusal(update())).message, /HTTP 500: Copr Build System Unknown error$/);
      server.answer = replay('wrong-password');
      assert.match((await refusal(update())).message, /HTTP 401: You have to provide the correct password$/);
    });

    for (const version of [undefined, '8', '9.5', 'nine', '']) {
      it(`know a frontend of version ${String(version)}`, async () => {
        server.answer = (_request, response) =>
          response.writeHead(200, version === undefined ? {} : { 'copr-fe-be-api-version': version }).end('[]');
        const failure = await refusal(frontend.pendingBuilds());
        assert.deepEqual([failure.code, failure.retryable], ['FrontendTooOld', true]);
      });
    }

    it('accept later versions', async () => {
      server.answer = answerJson([], '12');
      assert.deepEqual(await frontend.pendingBuilds(), []);
    });

    it('come when the frontend hangs, before and inside an answer', async () => {
      const impatient = createFrontendHttp({ baseUrl: server.url, password: PASSWORD, timeoutMs: 200 });
      server.answer = () => undefined;
      assert.match((await refusal(impatient.pendingBuilds())).message, /no data for 0.2 s/);
      server.answer = (_request, response) => void response.writeHead(200).write('[');
      assert.equal((await refusal(impatient.pendingBuilds())).code, 'FrontendUnavailable');
      // One that trickles for ever is given up too.
      const timers: NodeJS.Timeout[] = [];
      server.answer = (_request, response) => {
        response.writeHead(200, { 'copr-fe-be-api-version': '9' });
        timers.push(setInterval(() => response.write(' '), 5));
      };
      assert.match((await refusal(impatient.pendingBuilds())).message, /no complete answer in 2 s/);
      for (const timer of timers) clearInterval(timer);
    });

    it('come when nobody listens, or something else than HTTP', async () => {
      const nobody = await startFrontendServer();
      await nobody.stop();
      const failure = await refusal(createFrontendHttp({ baseUrl: nobody.url, password: PASSWORD }).pendingBuilds());
      assert.deepEqual([failure.code, failure.retryable], ['FrontendUnavailable', true]);
      assert.match(failure.message, /ECONNREFUSED/);
      server.answer = (request) => request.socket.end('SSH-2.0-OpenSSH\r\n');
      assert.equal((await refusal(frontend.pendingBuilds())).code, 'FrontendUnavailable');
    });

    it('never show the password, even where the frontend does', async () => {
      const shown: string[] = [];
      for (const status of [401, 500]) {
        server.answer = (request, response) =>
          response.writeHead(status).end(`${request.headers.authorization ?? ''} ${PASSWORD}`);
        const failure = await refusal(update());
        shown.push(failure.message, failure.stack ?? '', String(failure.cause));
      }
      server.answer = (request) => request.socket.destroy();
      const credentials = server.url.replace('http://', `http://user:${PASSWORD}@`);
      const odd = await refusal(createFrontendHttp({ baseUrl: credentials, password: PASSWORD }).pendingBuilds());
      shown.push(odd.message, (odd.cause as Error).message);
      for (const text of shown) {
        assert.ok(!text.includes(PASSWORD), text);
        assert.ok(!text.includes(SENT), text);
      }
    });
  });

  describe('a change of storage', () => {
    const project = { owner: 'jdoe', project: 'arches' };

    it('is told in the words of the frontend', async () => {
      server.answer = answerJson({ result: 'done' });
      assert.equal(await frontend.changeStorage(project, 'pulp'), true);
      assert.equal(await frontend.changeStorage(project, 'tree'), true);
      assert.deepEqual(
        server.seen.map(({ method, path, body }) => [method, path, body]),
        ['pulp', 'backend'].map((storage) => ['POST', '/backend/change-storage/', { ...project, storage }]),
      );
    });

    it('of a project that the frontend does not have is not a refusal, but one of a wrong password is', async () => {
      server.answer = (_, response) =>
        response
          .writeHead(404, { 'content-type': 'application/json', 'copr-fe-be-api-version': '9' })
          .end('{"msg": "jdoe/arches copr doesn\'t exist"}');
      assert.equal(await frontend.changeStorage(project, 'pulp'), false);
      server.answer = (_, response) => response.writeHead(401).end();
      assert.equal((await refusal(frontend.changeStorage(project, 'pulp'))).code, 'FrontendRefused');
    });
  });
});

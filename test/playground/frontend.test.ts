import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { startFrontend } from '../../playground/frontend/server.js';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { call, eventually, makeTemporaryDirectory, submitFiles } from './support.js';

const CHROOT = 'custom-1-x86_64';
const SRPM = Buffer.concat([Buffer.from([0xed, 0xab, 0xee, 0xdb]), Buffer.from('not more than its head')]);

type View = {
  state: string;
  over: boolean;
  importError: string | null;
  source: { state: string; resultDir: string };
  chroots: {
    name: string;
    state: string;
    resultDir: string;
    packages: unknown[];
    gitHash: string | null;
    reason: string | null;
  }[];
  tasks: Record<string, { terminalReports: number; reports: unknown[] }>;
};

describe('playground frontend', () => {
  const directory = makeTemporaryDirectory();
  const spec = join(directory.path, 'hello.spec');
  writeFileSync(spec, 'Name: hello\n');
  let frontend: RunningService;
  let resultsAnswer = 200;
  const results = createServer((_request, response) => {
    response.writeHead(resultsAnswer);
    response.end(resultsAnswer === 200 ? SRPM : 'no');
  });
  let resultsUrl = '';

  async function open(): Promise<void> {
    frontend = await startFrontend({
      port: 0,
      stateDir: join(directory.path, 'state'),
      resultsUrl,
      password: 'secret',
    });
  }

  before(async () => {
    await new Promise<void>((resolve) => results.listen(0, '127.0.0.1', resolve));
    resultsUrl = `http://127.0.0.1:${(results.address() as AddressInfo).port}`;
    await open();
  });

  after(async () => {
    await frontend.close();
    results.close();
    results.closeAllConnections();
    directory.remove();
  });

  const backend = (path: string, body?: unknown): ReturnType<typeof call> =>
    call(`${frontend.url}/backend/${path}`, body === undefined ? {} : { body, password: 'secret' });
  const view = async (id: number): Promise<View> => (await call(`${frontend.url}/api/builds/${id}`)).json as View;
  const submit = (options: Record<string, unknown> = {}): Promise<number> =>
    submitFiles(frontend.url, [spec], { chroots: [CHROOT], ...options });
  const pendingIds = async (): Promise<string[]> =>
    ((await backend('pending-jobs/')).json as { task_id: string }[]).map((item) => item.task_id);

  function sourceReport(id: number, status: number, more: object = {}): object {
    const base = { id, build_id: id, task_id: String(id), chroot: 'srpm-builds', status, result_dir: `0000000${id}` };
    const done = {
      pkg_name: 'hello',
      pkg_version: '1-1',
      srpm_url: `${resultsUrl}/hello-1-1.src.rpm`,
      results: { architecture_specific_tags: { 'custom-1': {} } },
    };
    return { ...base, ...(status === 1 ? done : {}), ...more };
  }

  function rpmReport(id: number, status: number, more: object = {}): object {
    const base = {
      id,
      build_id: id,
      task_id: `${id}-${CHROOT}`,
      chroot: CHROOT,
      status,
      result_dir: `0000000${id}-hello`,
    };
    return { ...base, ...more };
  }

  async function update(report: object): Promise<void> {
    const answer = await backend('update/', { builds: [report] });
    assert.equal(answer.status, 200, answer.text);
  }

  async function toPendingChroots(options: Record<string, unknown> = {}): Promise<number> {
    const id = await submit(options);
    await update(sourceReport(id, 1));
    await eventually('the import', async () => (await view(id)).source.state === 'succeeded');
    return id;
  }

  it('speaks as the wire was recorded: version header, auth, content types, slashes', async () => {
    for (const path of ['pending-jobs', 'pending-jobs/', '/pending-jobs/']) {
      const answer = await backend(path);
      assert.deepEqual(answer.json, []);
      assert.equal(answer.headers.get('copr-fe-be-api-version'), '9');
      assert.equal(answer.headers.get('content-length'), null);
    }
    assert.match((await backend('pending-actions/')).headers.get('content-type') ?? '', /^text\/html/);
    const refused = await call(`${frontend.url}/backend/update/`, { body: { builds: [] }, password: 'wrong' });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal(refused.headers.get('www-authenticate'), null);
    assert.equal(
      (await call(`${frontend.url}/backend/update/`, { body: {}, password: 'secret', method: 'PUT' })).status,
      200,
    );
    assert.equal((await backend('no-such-thing/')).status, 404);
    assert.equal((await backend('action/99')).status, 500);
    const noType = await fetch(`${frontend.url}/backend/update/`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('u:secret').toString('base64')}` },
      body: '{}',
    });
    assert.equal(noType.status, 415);
  });

  it('makes a createrepo and a key action for a new project', async () => {
    await submit({ owner: 'ann', project: 'first', background: true });
    const pending = (await backend('pending-actions')).json as { id: number; priority: number }[];
    assert.deepEqual(
      pending.map((action) => action.priority),
      [-99, -70],
    );
    const action = (await backend(`action/${pending[0]?.id ?? 0}/`)).json as { data: string; action_type: number };
    assert.equal(action.action_type, 3);
    assert.equal(
      action.data,
      `{"ownername": "ann", "projectname": "first", "project_dirnames": ["first"], "chroots": ["${CHROOT}"], "appstream": false, "storage": 0, "reason": 1, "persistent": false, "devel": false}`,
    );
    const answer = await backend('update/', {
      actions: pending.map(({ id }) => ({ id, result: 1 })).concat({ id: 999, result: 1 }),
    });
    assert.deepEqual(answer.json, { non_existing_actions_ids: [999], updated_actions_ids: [1, 2] });
    assert.deepEqual((await backend('pending-actions')).json, []);
  });

  it('offers foreground before background and walks a build through its states', async () => {
    const id = await submit();
    assert.deepEqual(await pendingIds(), [String(id), '1']);
    const task = (await backend(`get-srpm-build-task/${id}`)).json as Record<string, unknown>;
    assert.equal(task['source_type'], 2);
    assert.deepEqual(task['distributions_in_build'], ['custom-1']);
    const { url } = JSON.parse(String(task['source_json'])) as { url: string };
    assert.equal((await call(url)).text, 'Name: hello\n');
    assert.deepEqual((await call(new URL('./', url).href)).json, ['hello.spec']);

    assert.deepEqual((await backend('starting_build/', sourceReport(id, 6))).json, { can_start: true });
    assert.equal((await view(id)).state, 'starting');
    await update(sourceReport(id, 3));
    assert.deepEqual(await pendingIds(), [String(id), '1'], 'running tasks stay offered');

    resultsAnswer = 404;
    await update(sourceReport(id, 1));
    await eventually('a failed import', async () => (await view(id)).importError !== null);
    assert.equal((await view(id)).state, 'importing');
    assert.deepEqual(await pendingIds(), ['1']);
    resultsAnswer = 200;
    await eventually('the import', async () => (await view(id)).state === 'pending');
    assert.deepEqual(await pendingIds(), ['1', `${id}-${CHROOT}`]);

    const rpm = (await backend(`get-build-task/${id}-${CHROOT}/`)).json as Record<string, unknown>;
    const srpm = await fetch(`${String(rpm['git_repo'])}/${String(rpm['git_hash'])}.src.rpm`);
    assert.deepEqual(Buffer.from(await srpm.arrayBuffer()), SRPM);
    const repos = rpm['repos'] as { id: string; baseurl: string }[];
    assert.deepEqual([repos[0]?.id, repos[0]?.baseurl], ['copr_base', `${resultsUrl}/jdoe/hello/${CHROOT}/`]);

    await backend('starting_build/', rpmReport(id, 6));
    await update(rpmReport(id, 3));
    const packages = [{ name: 'hello', epoch: null, version: '1', release: '1', arch: 'noarch' }];
    const wrong = await backend('update/', {
      builds: [rpmReport(id, 1, { results: { packages: [{ ...packages[0], extra: 1 }] } })],
    });
    assert.equal(wrong.status, 500);
    assert.equal((await view(id)).state, 'running', 'a refused report changes nothing');
    await update(rpmReport(id, 1, { results: { packages } }));
    const end = await view(id);
    assert.deepEqual([end.state, end.over, end.chroots[0]?.packages], ['succeeded', true, packages]);
    assert.equal(end.tasks[`${id}-${CHROOT}`]?.terminalReports, 1);
    assert.equal(end.tasks[String(id)]?.terminalReports, 1);
  });

  it('keeps a terminal chroot, takes its result_dir and rows again, and has no such guard for sources', async () => {
    const id = await toPendingChroots();
    const results1 = { packages: [{ name: 'hello', epoch: 2, version: '1', release: '1', arch: 'src' }] };
    await update(rpmReport(id, 1, { results: results1 }));
    await update(rpmReport(id, 1, { results: results1 }));
    await update(rpmReport(id, 0, { result_dir: undefined }));
    const after = await view(id);
    assert.deepEqual(
      after.chroots.map((chroot) => [chroot.state, chroot.packages.length, chroot.resultDir]),
      [['succeeded', 2, '']],
    );
    assert.equal(after.tasks[`${id}-${CHROOT}`]?.terminalReports, 3);
    await update(sourceReport(id, 3));
    assert.equal((await view(id)).source.state, 'running');
    await update(sourceReport(id, 0));
    assert.equal((await view(id)).chroots[0]?.state, 'failed');
  });

  it('refuses a source report that lacks a distribution, and skips excluded architectures', async () => {
    const id = await submit();
    const lacking = sourceReport(id, 1, { results: { architecture_specific_tags: { other: {} } } });
    assert.equal((await backend('update/', { builds: [lacking] })).status, 500);
    await update(
      sourceReport(id, 1, { results: { architecture_specific_tags: { 'custom-1': { exclusivearch: ['s390x'] } } } }),
    );
    await eventually('the import', async () => (await view(id)).over);
    assert.deepEqual([(await view(id)).state, (await view(id)).chroots[0]?.state], ['skipped', 'skipped']);
  });

  it('swallows as many reports of a source as was said when it was submitted', async () => {
    const id = await submit({ swallows: 1 });
    const answer = await backend('update/', { builds: [sourceReport(id, 1)] });
    assert.deepEqual(
      [answer.status, (answer.json as { updated_builds_ids: number[] }).updated_builds_ids],
      [200, [id]],
    );
    const record = async (): Promise<unknown> =>
      ((await backend(`get-srpm-build-task/${id}/`)).json as { package_name: unknown }).package_name;
    assert.deepEqual([(await pendingIds()).includes(String(id)), await record()], [true, null]);
    await update(sourceReport(id, 1));
    assert.deepEqual([(await pendingIds()).includes(String(id)), await record()], [false, 'hello']);
  });

  it('lets the last of two reports for one build win', async () => {
    const other = 'custom-2-x86_64';
    const id = await submit({ chroots: [CHROOT, other] });
    await backend('update/', {
      builds: [rpmReport(id, 0), { ...rpmReport(id, 0), chroot: other, task_id: `${id}-${other}` }],
    });
    assert.deepEqual(
      (await view(id)).chroots.map((chroot) => chroot.state),
      ['waiting', 'failed'],
    );
    await backend('update/', { builds: [sourceReport(id, 0)] });
    assert.equal((await backend('update/', { builds: [{ ...sourceReport(id, 3), id: String(id) }] })).status, 500);
  });

  it('cancels: requests for every task, nothing offered, starting refused, late reports ignored', async () => {
    const id = await toPendingChroots();
    await update(rpmReport(id, 3));
    assert.equal((await call(`${frontend.url}/api/builds/${id}/cancel`, { method: 'POST' })).status, 200);
    assert.deepEqual((await backend('build-tasks/cancel-requests/')).json, [String(id), `${id}-${CHROOT}`]);
    assert.ok(!(await pendingIds()).includes(`${id}-${CHROOT}`));
    assert.deepEqual((await backend('starting_build/', rpmReport(id, 6))).json, { can_start: false });
    for (const task of [String(id), `${id}-${CHROOT}`, '777']) {
      assert.equal((await backend(`build-tasks/canceled/${task}/`, null)).json, 'success');
    }
    assert.deepEqual((await backend('build-tasks/cancel-requests')).json, []);
    await update(rpmReport(id, 0));
    assert.equal((await view(id)).chroots[0]?.state, 'canceled');
    const again = await call(`${frontend.url}/api/builds/${id}/cancel`, { method: 'POST' });
    assert.equal(again.status, 409);
    assert.match((again.json as { error: string }).error, /nothing to cancel/);
  });

  it('answers null for a disabled chroot, 404 with msg for an unknown task, reschedules running ones', async () => {
    const id = await toPendingChroots();
    const task = { build_id: id, task_id: `${id}-${CHROOT}`, chroot: CHROOT };
    assert.equal(((await backend('reschedule_build_chroot/', task)).json as { result: string }).result, 'noop');
    await update(rpmReport(id, 3));
    assert.deepEqual((await backend('reschedule_build_chroot/', task)).json, { result: 'done' });
    assert.ok((await pendingIds()).includes(`${id}-${CHROOT}`));
    const missing = await backend('get-build-task/999-custom-1-x86_64');
    assert.deepEqual([missing.status, Object.keys(missing.json as object)], [404, ['msg']]);
    assert.equal((await backend('get-build-task/1-nonsense')).status, 500);
    await call(`${frontend.url}/api/projects/jdoe/hello/chroots/${CHROOT}/disable`, { method: 'POST' });
    const disabled = await backend(`get-build-task/${id}-${CHROOT}`);
    assert.deepEqual([disabled.status, disabled.json], [200, null]);
    await call(`${frontend.url}/api/projects/jdoe/hello/chroots/${CHROOT}/enable`, { method: 'POST' });
  });

  it('has a regenerate, a .repo file and a page that escapes what users wrote', async () => {
    const made = await call(`${frontend.url}/api/projects/jdoe/hello/regenerate`, { method: 'POST' });
    assert.match((made.json as { data: string }[])[0]?.data ?? '', /"reason": 4/);
    const repo = await call(`${frontend.url}/coprs/jdoe/hello/repo/${CHROOT}/jdoe-hello.repo`);
    assert.ok(repo.text.includes(`baseurl=${resultsUrl}/jdoe/hello/${CHROOT}/\n`));
    assert.ok(repo.text.includes(`gpgkey=${resultsUrl}/jdoe/hello/pubkey.gpg\n`));
    const id = await submit();
    await update(sourceReport(id, 0, { pkg_name: '<script>' }));
    const page = await call(`${frontend.url}/`);
    assert.ok(page.text.includes('&#60;script&#62;') && !page.text.includes('<script>'));
  });

  it('refuses file names that leave the upload, and says what to do', async () => {
    const { id } = (await call(`${frontend.url}/api/uploads`, { method: 'POST' })).json as { id: string };
    for (const name of ['..%2f..%2fevil', '.hidden', 'a%20b', '%2e%2e']) {
      assert.ok((await put(`/api/uploads/${id}/${name}`)) >= 400, name);
    }
    const answer = await call(`${frontend.url}/api/builds`, {
      body: { upload: id, file: 'x.spec', owner: '../x', project: 'p' },
    });
    assert.equal(answer.status, 400);
    assert.match((answer.json as { error: string }).error, /owner/);
  });

  /** A path exactly as given; `fetch` would tidy it. */
  function put(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request({ port: frontend.port, host: '127.0.0.1', method: 'PUT', path }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end('x');
    });
  }

  it('remembers everything over a restart, and goes on importing', async () => {
    resultsAnswer = 503;
    const id = await submit();
    await update(sourceReport(id, 1));
    await eventually('a failed import', async () => (await view(id)).importError !== null);
    const before = (await call(`${frontend.url}/api/builds`)).json;
    await frontend.close();
    resultsAnswer = 200;
    await open();
    assert.deepEqual(
      ((await call(`${frontend.url}/api/builds`)).json as unknown[]).length,
      (before as unknown[]).length,
    );
    await eventually('the import', async () => (await view(id)).source.state === 'succeeded');
    assert.equal(await submit(), id + 1);
  });
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startFrontend } from '../../playground/frontend/server.js';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { recordedAction, type RecordedAction } from '../support/recorded-actions.js';
import { call, eventually, makeTemporaryDirectory, submitFiles } from './support.js';

const RAWHIDE = 'fedora-rawhide-x86_64';
const F44 = 'fedora-44-x86_64';
const F43 = 'fedora-43-x86_64';
const SRPM = Buffer.concat([Buffer.from([0xed, 0xab, 0xee, 0xdb]), Buffer.from('not more than its head')]);
const COMPS = '<?xml version="1.0"?><comps><group><id>g</id><name>G</name></group></comps>';

type Row = RecordedAction & { readonly result: number; readonly message: string | null };
type Answer = { readonly status: number; readonly json: unknown };

/** A row apart from numbers, times and the order of chroots, which is no fixed one. */
function comparable(row: RecordedAction): object {
  const { action_type: type, object_type: object, old_value: from, new_value: to, priority } = row;
  const data: unknown = JSON.parse(row.data);
  const keys = Array.isArray(data) ? [] : Object.keys(data as object);
  return { type, object, hasId: row.object_id !== null, from, to, priority, keys, data: unordered(data) };
}

function unordered(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, member]): [string, unknown] => [
      plain(key),
      key === 'build_ids' ? `${(member as unknown[]).length} numbers` : unordered(member),
    ]);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return typeof value === 'string' ? plain(value) : value;
}

/** Numbers of builds: two of a kind stay two, since their names follow. */
function plain(text: string): string {
  return text.replace(/^\d{8}/, '########');
}

function assertAsRecorded(row: Row | undefined, id: number): void {
  assert.ok(row, `nothing was asked for in the place of action ${id}`);
  assert.deepEqual(comparable(row), comparable(recordedAction(id)), `as action ${id} was recorded`);
}

describe('actions of the playground frontend', () => {
  const directory = makeTemporaryDirectory();
  const spec = join(directory.path, 'hello.spec');
  writeFileSync(spec, 'Name: hello\n');
  let frontend: RunningService;
  let resultsUrl = '';
  const results = createServer((_request, response) => response.end(SRPM));

  before(async () => {
    await new Promise<void>((resolve) => results.listen(0, '127.0.0.1', resolve));
    resultsUrl = `http://127.0.0.1:${(results.address() as AddressInfo).port}`;
    const stateDir = join(directory.path, 'state');
    frontend = await startFrontend({ port: 0, stateDir, resultsUrl, password: 'secret' });
  });

  after(async () => {
    await frontend.close();
    results.close();
    results.closeAllConnections();
    directory.remove();
  });

  const backend = (path: string, body?: unknown): ReturnType<typeof call> =>
    call(`${frontend.url}/backend/${path}`, body === undefined ? {} : { body, password: 'secret' });
  const api = (path: string, body: object = {}, method = 'POST'): Promise<Answer> =>
    call(`${frontend.url}/api/${path}`, { body, method });
  const ask = async (path: string, body: object = {}): Promise<readonly Row[]> => {
    const answer = await api(path, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.json));
    return answer.json as readonly Row[];
  };
  const submit = (options: Record<string, unknown> = {}): Promise<number> =>
    submitFiles(frontend.url, [spec], { chroots: [F44, RAWHIDE], ...options });
  const actions = async (): Promise<readonly Row[]> =>
    (await call(`${frontend.url}/api/actions`)).json as readonly Row[];
  const last = async (): Promise<Row | undefined> => (await actions()).at(-1);
  const offered = async (): Promise<readonly { readonly id: number; readonly priority: number }[]> =>
    (await backend('pending-actions/')).json as readonly { readonly id: number; readonly priority: number }[];

  async function reportAll(): Promise<void> {
    await backend('update/', { actions: (await offered()).map(({ id }) => ({ id, result: 1 })) });
  }

  async function endSource(id: number, status: 0 | 1, pkg: string): Promise<void> {
    const resultDir = String(id).padStart(8, '0');
    const tags = Object.fromEntries(['fedora-44', 'fedora-rawhide', 'fedora-43'].map((name) => [name, {}]));
    const base = { id, task_id: String(id), chroot: 'srpm-builds', status, result_dir: resultDir };
    const done = { pkg_name: pkg, pkg_version: '1-1', srpm_url: `${resultsUrl}/x.src.rpm` };
    const report = { ...base, ...done, results: status === 1 ? { architecture_specific_tags: tags } : null };
    assert.equal((await backend('update/', { builds: [report] })).status, 200);
  }

  async function succeed(id: number, pkg: string, chroots: readonly string[] = [F44, RAWHIDE]): Promise<void> {
    await endSource(id, 1, pkg);
    await eventually('the import', async () => {
      const { json } = await call(`${frontend.url}/api/builds/${id}`);
      return (json as { source: { state: string } }).source.state === 'succeeded';
    });
    for (const chroot of chroots) {
      const resultDir = `${String(id).padStart(8, '0')}-${pkg}`;
      const report = { id, task_id: `${id}-${chroot}`, chroot, status: 1, result_dir: resultDir, results: {} };
      await backend('update/', { builds: [report] });
    }
  }

  it('asks for metadata as the real one does', async () => {
    const first = await submit();
    const [repository, key] = await actions();
    assertAsRecorded(repository, 1);
    assertAsRecorded(key, 2);
    await submit({ dirname: 'hello:pr:7', chroots: [F44] });
    assertAsRecorded(await last(), 3);
    assertAsRecorded((await ask('projects/jdoe/hello/regenerate'))[0], 10);
    assertAsRecorded((await ask('projects/jdoe/hello/settings', { devel_mode: true }))[0], 11);
    const task = (await backend(`get-build-task/${first}-${F44}`)).json as { uses_devel_repo: boolean };
    assert.equal(task.uses_devel_repo, true);
    assertAsRecorded((await ask('projects/jdoe/hello/regenerate'))[0], 12);
    assertAsRecorded((await ask('projects/jdoe/hello/settings', { devel_mode: false }))[0], 13);
    assert.deepEqual(await ask('projects/jdoe/hello/settings', { auto_prune: false }), []);
    await submit({ chroots: [F43] });
    assertAsRecorded(await last(), 14);
    assertAsRecorded((await ask(`projects/jdoe/hello/chroots/${F43}/delete`))[0], 31);
  });

  it('serves comps where the action says', async () => {
    const path = `projects/jdoe/hello/chroots/${F44}/comps`;
    const put = await fetch(`${frontend.url}/api/${path}`, { method: 'PUT', body: COMPS });
    const [action] = (await put.json()) as Row[];
    assertAsRecorded(action, 15);
    const { url_path: place } = JSON.parse(action?.data ?? '') as { url_path: string };
    assert.equal((await call(`${frontend.url}${place}`)).text, COMPS);
    assertAsRecorded(((await api(path, {}, 'DELETE')).json as Row[])[0], 16);
    assert.equal((await call(`${frontend.url}${place}`)).status, 404);
    assert.equal((await api(`projects/jdoe/hello/chroots/nothing-1-x/comps`, {}, 'DELETE')).status, 404);
  });

  it('forks the newest good build of each package, by one action', async () => {
    await succeed(await submit(), 'hello');
    await succeed(await submit(), 'pkgd');
    await submit();
    const before = (await actions()).length;
    const [forked] = await ask('projects/jdoe/hello/fork', { owner: 'jdoe', name: 'hello-fork' });
    assertAsRecorded(forked, 17);
    assert.equal((await actions()).length, before + 1, 'no key and no createrepo of its own');
    const jobs = (await backend('pending-jobs')).json as readonly { readonly task_id: string }[];
    const { builds_map: map } = JSON.parse(forked?.data ?? '') as {
      builds_map: Record<string, Record<string, string>>;
    };
    for (const build of Object.values(map['srpm-builds'] ?? {})) {
      const view = (await call(`${frontend.url}/api/builds/${Number(build)}`)).json as { state: string; over: boolean };
      assert.deepEqual([view.state, view.over], ['forked', true]);
      assert.ok(!jobs.some(({ task_id: id }) => id.startsWith(String(Number(build)))), 'forked builds are not jobs');
    }
    const again = { owner: 'jdoe', name: 'hello-fork' };
    assert.equal((await api('projects/jdoe/hello/fork', again)).status, 409);
    assertAsRecorded((await ask('projects/jdoe/hello/fork', { ...again, intoExisting: true }))[0], 18);
    assertAsRecorded((await ask('projects/jdoe/hello/fork', { owner: 'alice', name: 'mine' }))[0], 19);
    assert.equal((await api('projects/jdoe/hello/fork', { owner: '../x', name: 'y' })).status, 400);
  });

  it('deletes builds that are over, whose numbers are never given again', async () => {
    const failed = await submit();
    await endSource(failed, 0, 'hello');
    assertAsRecorded((await ask('builds/delete', { ids: [failed] }))[0], 20);
    const good = await submit();
    await succeed(good, 'hello');
    assertAsRecorded((await ask('builds/delete', { ids: [good] }))[0], 21);
    assert.equal((await backend(`get-srpm-build-task/${good}`)).status, 404);
    const late = await backend('update/', { builds: [{ id: good, task_id: String(good), status: 1 }] });
    assert.deepEqual((late.json as { non_existing_builds_ids: number[] }).non_existing_builds_ids, [good]);
    const [main, side] = [await submit(), await submit({ dirname: 'hello:pr:7', chroots: [F44] })];
    assert.equal(main, good + 1);
    await succeed(main, 'hello');
    assert.equal((await api('builds/delete', { ids: [side] })).status, 409, 'it is not over');
    await succeed(side, 'hello', [F44]);
    assertAsRecorded((await ask('builds/delete', { ids: [main, side] }))[0], 22);
  });

  it('branches every project that builds for rawhide', async () => {
    const before = (await actions()).length;
    const rows = [...(await ask('branch', { rawhide: RAWHIDE, fresh: F43 }))];
    assert.equal(rows.length, 4);
    assert.equal((await actions()).length, before + 4, 'the new chroot makes no createrepo of its own');
    for (const id of [23, 24, 25, 26]) {
      const { data } = recordedAction(id);
      const of = ({ data: text }: RecordedAction): string => /"projectname": "[^"]+"/.exec(text)?.[0] ?? '';
      const type = recordedAction(id).action_type;
      assertAsRecorded(
        rows.find((row) => row.action_type === type && of(row) === of({ ...row, data })),
        id,
      );
    }
    const priorities = (await offered()).filter(({ id }) => rows.some((row) => row.id === id));
    assert.deepEqual(
      priorities.map(({ priority }) => priority).sort((a, b) => a - b),
      [0, 0, 0, 70],
    );
    assert.equal((await api('branch', { rawhide: 'none-1-x86_64', fresh: F43 })).status, 404);
  });

  it('removes directories, chroots and projects, and renames', async () => {
    assertAsRecorded((await ask('projects/jdoe/hello/remove-dirs', { dirnames: null }))[0], 28);
    assert.equal((await ask('projects/jdoe/hello/remove-dirs', { dirnames: null }))[0]?.data, '[]');
    assertAsRecorded((await ask(`projects/jdoe/hello-fork/chroots/${F43}/delete`))[0], 29);
    assertAsRecorded((await ask(`projects/alice/mine/chroots/${F43}/delete`))[0], 30);
    const target = { owner: 'alice', name: 'hello' };
    assert.equal((await api('projects/jdoe/hello/rename', { owner: 'alice', name: 'mine' })).status, 409);
    const [renamed] = await ask('projects/jdoe/hello/rename', target);
    assert.deepEqual(
      [renamed?.action_type, renamed?.old_value, renamed?.new_value, renamed?.object_id],
      [1, 'jdoe/hello', 'alice/hello', null],
    );
    const builds = (await call(`${frontend.url}/api/builds`)).json as { owner: string; project: string }[];
    assert.ok(builds.some(({ owner, project }) => owner === 'alice' && project === 'hello'));
    assert.equal((await api('projects/jdoe/hello/regenerate')).status, 404);
  });

  it('holds back what comes behind a waiting delete of the same project', async () => {
    await reportAll();
    await submit({ owner: 'alice', project: 'gone', chroots: [F44] });
    const [createrepo, key] = (await actions()).slice(-2);
    const [deleted] = await ask('projects/alice/gone/delete');
    assertAsRecorded(createrepo, 36);
    assertAsRecorded(key, 37);
    assertAsRecorded(deleted, 38);
    const ids = [createrepo, key, deleted].map((row) => row?.id);
    await submit({ owner: 'alice', project: 'gone', chroots: [F44] });
    assert.deepEqual(
      (await offered()).map(({ id }) => id),
      ids,
    );
    assert.equal((await backend('pending-action-count')).json, 5, 'they are counted');
    await reportAll();
    const fresh = (await actions()).slice(-2);
    assert.deepEqual(
      (await offered()).map(({ id, priority }) => [id, priority]),
      fresh.map((row, index) => [row.id, [-99, -70][index]]),
    );
    for (const [index, row] of fresh.entries()) assertAsRecorded(row, [39, 40][index] ?? 0);
  });

  it('takes any record by hand, and answers with how it ended', async () => {
    const [row] = await ask('actions', { action_type: 8, object_type: 'module', data: '{"not" : "spaced anew"}' });
    assert.equal(row?.data, '{"not" : "spaced anew"}');
    await backend('update/', { actions: [{ id: row.id, result: 2, message: 'ActionUnsupported: no' }] });
    const end = (await call(`${frontend.url}/api/actions/${row.id}`)).json as Row;
    assert.deepEqual([end.result, end.message], [2, 'ActionUnsupported: no']);
    const [module] = await ask('projects/alice/hello/module', { modulemd: 'document: modulemd\n', builds: [3] });
    const data = JSON.parse(module?.data ?? '') as { modulemd_b64: string; ownername: string };
    assert.equal(Buffer.from(data.modulemd_b64, 'base64').toString(), 'document: modulemd\n');
    assert.equal(data.ownername, 'alice');
  });

  it('describes projects in the public API', async () => {
    const url = (path: string): string => `${frontend.url}/api_3/${path}`;
    const project = await call(url('project?ownername=alice&projectname=hello'));
    assert.deepEqual(project.json, {
      ...{ id: 1, name: 'hello', ownername: 'alice', full_name: 'alice/hello', storage: 'backend' },
      ...{ devel_mode: false, persistent: false, auto_prune: false, appstream: false },
      chroot_repos: Object.fromEntries([F44, RAWHIDE, F43].map((name) => [name, `${resultsUrl}/alice/hello/${name}/`])),
    });
    const missing = await call(url('project?ownername=alice&projectname=never'));
    assert.deepEqual([missing.status, Object.keys(missing.json as object)], [404, ['error']]);
    const list = (await call(url('project/list?ownername=alice'))).json as { items: { name: string }[] };
    assert.deepEqual(
      list.items.map(({ name }) => name),
      ['hello', 'mine', 'gone'],
    );
    const chroot = await call(url(`project-chroot?ownername=alice&projectname=hello&chrootname=${F44}`));
    assert.equal((chroot.json as { comps_name: string | null }).comps_name, null);
  });

  it('names the newest build of a package in whichever directory it lies', async () => {
    const project = { owner: 'alice', project: 'sides', chroots: [F44] };
    await succeed(await submit(project), 'hello');
    const beside = await submit({ ...project, dirname: 'sides:pr:7' });
    await succeed(beside, 'hello');
    const [forked] = await ask('projects/alice/sides/fork', { owner: 'alice', name: 'beside' });
    const { builds_map: map } = JSON.parse(forked?.data ?? '') as {
      builds_map: Record<string, Record<string, string>>;
    };
    const named = Object.keys(map['srpm-builds'] ?? {}).map(Number);
    assert.ok(named.includes(beside), `${beside} is one of ${named.join(', ')}`);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expandPlainMacros, sourceValues } from '../../playground/commands/spec-sources.js';
import { startFrontend } from '../../playground/frontend/server.js';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { call, eventually, makeTemporaryDirectory, run, type Ran } from './support.js';

const ROOT = join(import.meta.dirname, '..', '..');

describe('playground commands for people', () => {
  const directory = makeTemporaryDirectory();
  let frontend: RunningService;

  before(async () => {
    const options = { port: 0, stateDir: join(directory.path, 'fe'), resultsUrl: 'http://127.0.0.1:1', password: 'p' };
    frontend = await startFrontend(options);
    writeFileSync(join(directory.path, 'playground.json'), JSON.stringify({ frontendUrl: frontend.url }));
  });
  after(async () => {
    await frontend.close();
    directory.remove();
  });

  const playground = (...words: string[]): Promise<Ran> =>
    run(process.execPath, ['--import=tsx', join(ROOT, 'playground', 'main.ts'), ...words]);
  const data = (): string[] => ['--data', directory.path];

  it('submits a spec with its sources, lists and cancels it, and says when it cannot', async () => {
    const spec = join(ROOT, 'examples', 'hello-copr', 'hello-copr.spec');
    const submitted = await playground('submit', spec, '--project', 'jdoe/tools', ...data());
    assert.equal(submitted.code, 0, submitted.stderr);
    assert.match(submitted.stdout, /build 1 .* jdoe\/tools \(3 files uploaded\)/);
    assert.match((await playground('list', ...data())).stdout, /1 {2}pending +jdoe\/tools/);
    assert.equal((await playground('cancel', '1', ...data())).code, 0);
    const { state } = (await call(`${frontend.url}/api/builds/1`)).json as { state: string };
    assert.equal(state, 'canceled');
    assert.equal((await playground('regenerate', 'jdoe/tools', ...data())).code, 0);
    const again = await playground('cancel', '1', ...data());
    assert.deepEqual([again.code, again.stdout], [2, '']);
  });

  it('asks for actions, and with --wait says how they ended', async () => {
    const asked = await playground('fork', 'jdoe/tools', 'ann/copy', '--json', ...data());
    assert.equal(asked.code, 0, asked.stderr);
    const [{ id }] = JSON.parse(asked.stdout) as [{ id: number }];
    const waiting = playground('delete', 'ann/copy', '--wait', ...data());
    await eventually('the delete', async () => (await call(`${frontend.url}/api/actions/${id + 1}`)).status === 200);
    const report = { actions: [{ id: id + 1, result: 2, message: 'StorageFailed: disk full' }] };
    await call(`${frontend.url}/backend/update`, { body: report, password: 'p' });
    const failed = await waiting;
    assert.deepEqual([failed.code, failed.stdout], [1, `action ${id + 1}, delete: failed: StorageFailed: disk full\n`]);
    const taken = await playground('rename', 'jdoe/tools', 'ann/copy', ...data());
    assert.match(taken.stdout, /rename: waits for the backend/);
    const refusals = [
      ['delete', 'no/such'],
      ['comps', 'ann/copy', '--chroot', 'custom-1-x86_64'],
      ['delete', '1', 'jdoe/tools'],
    ];
    for (const words of refusals) assert.equal((await playground(...words, ...data())).code, 2, words.join(' '));
    const file = join(directory.path, 'record.json');
    writeFileSync(file, '{"action_type": 8}');
    assert.match((await playground('action', file, ...data())).stdout, /type 8: waits/);
  });

  it('follows a build to its end', async () => {
    const directoryOfExample = join(ROOT, 'examples', 'broken');
    const following = playground('submit', directoryOfExample, '--project', 'jdoe/tools', '--follow', ...data());
    await eventually('the build', async () => (await call(`${frontend.url}/api/builds/2`)).status === 200);
    const report = { id: 2, task_id: '2', status: 0, result_dir: '00000002' };
    await call(`${frontend.url}/backend/update`, { body: { builds: [report] }, password: 'p' });
    const end = await following;
    assert.equal(end.code, 1);
    assert.match(end.stdout, /source +failed\n/);
    assert.match(end.stdout, /builder said: .*srpm-builds\/00000002\/builder-live\.log/);
  });

  it('ends with the promised status', async () => {
    const missing = await playground('submit', 'no-such.spec', ...data());
    assert.deepEqual([missing.code, missing.stderr], [2, 'there is no file no-such.spec\n']);
    assert.equal((await playground('submit', ...data())).code, 2);
    assert.equal((await playground('--help')).code, 0);
    const nobody = await playground('list', '--frontend', 'http://127.0.0.1:1');
    assert.equal(nobody.code, 4);
    assert.match(nobody.stderr, /does not answer/);
    const noData = await playground('list', '--data', join(directory.path, 'none'));
    assert.equal(noData.code, 4);
    assert.match(noData.stderr, /npm start/);
  });

  it('names a source that is not beside the spec', async () => {
    const spec = join(directory.path, 'x', 'x.spec');
    mkdirSync(join(directory.path, 'x'));
    writeFileSync(
      spec,
      'Name: x\nVersion: 3\nRelease: 1\nSummary: x\nLicense: x\nSource0: https://example.org/%{name}-%{version}.tar.gz\n%description\nx\n',
    );
    const answer = await playground('submit', spec, ...data());
    assert.equal(answer.code, 2);
    assert.match(answer.stderr, /x-3\.tar\.gz is missing; download it first/);
  });

  it('expands plain macros where rpmspec is missing', () => {
    const spec = expandPlainMacros(
      '%global base tool\nName: %{base}-x\nVersion: 1.2\nSource0: https://e.org/%{name}-%{version}.tar.gz\nPatch1: %base.patch\nSource:b\n',
    );
    assert.deepEqual(sourceValues(spec), ['https://e.org/tool-x-1.2.tar.gz', 'tool.patch', 'b']);
  });
});

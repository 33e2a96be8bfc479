import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { collectSources } from '../../playground/commands/spec-sources.js';
import { startBuilder, type RunningBuilder } from '../../playground/builder/server.js';
import { startFrontend } from '../../playground/frontend/server.js';
import { machineArch } from '../../playground/loopback/machine-arch.js';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { isGroupRunning, isRunning, markProcess } from '../../playground/loopback/processes.js';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { givenRpms } from '../support/given-rpms.js';
import {
  call,
  eventually,
  exampleFiles,
  makeKeyPair,
  makeTemporaryDirectory,
  run,
  sshOptions,
  submitFiles,
  type Ran,
} from './support.js';

const CHROOT = `custom-1-${machineArch()}`;
/** A unit of systemd, a snapshot, and what else may be in a file's name. */
const ODD_NAMES = ['dev-disk-by\\x2dlabel-swap.swap', 'odd-1.0^git1.tar', "it's~ü,@{}#100%25.patch"];
const ODD_SPEC = `Name: odd
Version: 1.0^git1
Release: 1
Summary: Sources with odd names
License: Apache-2.0
BuildArch: noarch
Source0: ${ODD_NAMES[0]}
Source1: ${ODD_NAMES[1]}
Source2: ${ODD_NAMES[2]?.replaceAll('%', '%%')}
%description
Sources with odd names.
%install
mkdir -p %{buildroot}/usr/share/odd
cp '%{SOURCE0}' "%{SOURCE1}" "%{SOURCE2}" %{buildroot}/usr/share/odd/
%files
/usr/share/odd
`;
const NEEDING_SPEC = `Name: needing
Version: 1
Release: 1
Summary: Needs what is not there
License: Apache-2.0
BuildArch: noarch
BuildRequires: provided >= 1.0
BuildRequires: nowhere-devel >= 3
%description
Needs what is not there.
%files
`;
const SLOW_SPEC = `Name: slow
Version: 1
Release: 1
Summary: Waits
License: Apache-2.0
BuildArch: noarch
%description
Waits in its build step.
%build
echo waiting-now
sleep 300
%files
`;

describe('playground builder, over the real ssh and rsync', () => {
  const directory = makeTemporaryDirectory();
  const key = makeKeyPair(directory.path);
  const journal = join(directory.path, 'journal');
  const results = join(directory.path, 'results');
  const opened: { close: () => Promise<void> }[] = [];
  let builder: RunningBuilder;
  let frontend: RunningService;

  before(async () => {
    const web = await startResultsWeb({ port: 0, directory: results });
    const stateDir = join(directory.path, 'frontend');
    frontend = await startFrontend({ port: 0, stateDir, resultsUrl: web.url, password: 'secret' });
    builder = await startBuilder({
      name: 'b1',
      port: 0,
      directory: join(directory.path, 'builder'),
      authorizedKeys: `${key}.pub`,
      journal,
    });
    opened.push(web, frontend, builder);
  });

  after(async () => {
    await remote('copr-builder-cleanup');
    for (const service of opened) await service.close();
    directory.remove();
  });

  function remote(command: string, port = builder.port): Promise<Ran> {
    return run('ssh', [...sshOptions(key, port), 'mockbuilder@127.0.0.1', command]);
  }

  async function startSource(buildId: number): Promise<Ran> {
    const url = `${frontend.url}/backend/get-srpm-build-task/${buildId}`;
    return remote(`copr-rpmbuild --verbose --drop-resultdir --srpm --task-url ${url} --detached`);
  }

  async function startRpm(buildId: number, port = builder.port): Promise<Ran> {
    const url = `${frontend.url}/backend/get-build-task/${buildId}-${CHROOT}`;
    return remote(`copr-rpmbuild --verbose --drop-resultdir --task-url ${url} --chroot ${CHROOT} --detached`, port);
  }

  function download(target: string): Promise<Ran> {
    mkdirSync(target, { recursive: true });
    const shell = ['ssh', ...sshOptions(key, builder.port)].join(' ');
    const from = 'mockbuilder@127.0.0.1:/var/lib/copr-rpmbuild/results/';
    return run('rsync', ['-rltDvH', '--chmod=D755,F644', '-e', shell, from, `${target}/`]);
  }

  function journalEvents(): string[] {
    return readFileSync(journal, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
  }

  /** Source build, download, reports: until the RPM task may be built. */
  async function buildSource(files: readonly string[]): Promise<number> {
    const id = await submitFiles(frontend.url, files);
    assert.equal((await startSource(id)).code, 0);
    const log = await remote('copr-rpmbuild-log');
    assert.match(log.stdout, /Build succeeded/);
    const padded = String(id).padStart(8, '0');
    const target = join(results, 'jdoe', 'hello', 'srpm-builds', padded);
    assert.equal((await download(target)).code, 0);
    const facts = JSON.parse(readFileSync(join(target, 'results.json'), 'utf8')) as {
      name: string;
      version: string;
      release: string;
    };
    const view = (await call(`${frontend.url}/api/projects`)).json as { resultsUrl: string }[];
    const report = {
      id,
      build_id: id,
      task_id: String(id),
      chroot: 'srpm-builds',
      status: 1,
      result_dir: padded,
      pkg_name: facts.name,
      pkg_version: `${facts.version}-${facts.release}`,
      srpm_url: `${view[0]?.resultsUrl ?? ''}srpm-builds/${padded}/${facts.name}-${facts.version}-${facts.release}.src.rpm`,
      results: facts,
    };
    const answer = await call(`${frontend.url}/backend/update/`, { body: { builds: [report] }, password: 'secret' });
    assert.equal(answer.status, 200, answer.text);
    await eventually('the import', async () =>
      (await call(`${frontend.url}/backend/pending-jobs/`)).text.includes(`"${id}-${CHROOT}"`),
    );
    return id;
  }

  it('answers the checks of a backend, as an unprivileged user', async () => {
    const version = await remote('rpm -q copr-rpmbuild --qf "%{VERSION}\n"');
    assert.deepEqual([version.code, version.stdout], [0, '1.8\n']);
    assert.equal((await remote(`copr-builder-ready ${CHROOT}`)).code, 0);
    assert.equal((await remote('copr-builder-ready srpm-builds')).code, 0);
    const refused = await remote('copr-builder-ready fedora-44-x86_64');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /fedora-44-x86_64/);
    assert.notEqual((await remote('id -u')).stdout.trim(), '0');
    assert.equal((await remote('exit 7')).code, 7);
    assert.equal((await remote('cat')).stdout, '');
  });

  it('takes the keys of users whom root lets in, also after a cleanup', async () => {
    const asRoot = (command: string): Promise<Ran> =>
      run('ssh', [...sshOptions(key, builder.port), 'root@127.0.0.1', command]);
    for (const name of ['one', 'another']) {
      const answer = await asRoot(`echo ${name} >> /root/.ssh/authorized_keys && cat /root/.ssh/authorized_keys`);
      assert.deepEqual([answer.code, answer.stdout], [0, `${name}\n`], answer.stderr);
      assert.equal((await remote('copr-builder-cleanup')).code, 0);
    }
  });

  it('lets nobody in without a listed key', async () => {
    const otherDirectory = makeTemporaryDirectory();
    const other = makeKeyPair(otherDirectory.path);
    const answer = await run('ssh', [...sshOptions(other, builder.port), 'mockbuilder@127.0.0.1', 'true']);
    assert.equal(answer.code, 255);
    const stranger = await run('ssh', [...sshOptions(key, builder.port), 'stranger@127.0.0.1', 'true']);
    assert.equal(stranger.code, 255);
    otherDirectory.remove();
  });

  it('carries a megabyte each way', async () => {
    const text = 'x'.repeat(1024 * 1024);
    const answer = await run('ssh', [...sshOptions(key, builder.port), 'mockbuilder@127.0.0.1', 'cat'], text);
    assert.equal(answer.stdout.length, text.length);
  });

  it('ends a command whose client goes away', async () => {
    const marker = `sleep 1234.${builder.port}`;
    const client = spawn('ssh', [
      ...sshOptions(key, builder.port),
      'mockbuilder@127.0.0.1',
      `echo up; ${marker}; true`,
    ]);
    await new Promise((resolve) => client.stdout.once('data', resolve));
    client.kill('SIGKILL');
    const isThere = async (): Promise<boolean> => (await run('pgrep', ['-f', '-x', marker])).code === 0;
    await eventually('the command ends', async () => !(await isThere()));
  });

  it('builds hello-copr from its spec to an RPM', async () => {
    const id = await buildSource(exampleFiles('hello-copr'));
    const started = await startRpm(id);
    assert.deepEqual([started.code, started.stderr], [0, '']);
    const log = await remote('copr-rpmbuild-log');
    assert.equal(log.code, 0);
    assert.match(log.stdout.split('\n').slice(0, 5).join('\n'), new RegExp(`--task-url .*${id}-${CHROOT} --chroot`));
    assert.match(log.stdout, /Task:\n\{/);
    const target = join(directory.path, 'downloaded');
    assert.equal((await download(target)).code, 0);
    assert.equal(readFileSync(join(target, 'success'), 'utf8'), 'done\n');
    assert.deepEqual(JSON.parse(readFileSync(join(target, 'results.json'), 'utf8')), {
      packages: [
        { name: 'hello-copr', epoch: null, version: '1.0', release: '1', arch: 'noarch' },
        { name: 'hello-copr', epoch: null, version: '1.0', release: '1', arch: 'src' },
      ],
    });
    const query = await run('rpm', ['-qp', '--requires', join(target, 'hello-copr-1.0-1.noarch.rpm')]);
    assert.ok(!query.stdout.includes('/bin/sh'), 'installs into an empty root');
  });

  it('builds greet-arch with gcc, epoch as a number', async () => {
    const id = await buildSource(exampleFiles('greet-arch'));
    await startRpm(id);
    const log = await remote('copr-rpmbuild-log');
    assert.match(log.stdout, /Build succeeded/);
    const facts = await remote('cat /var/lib/copr-rpmbuild/results/results.json');
    const { packages } = JSON.parse(facts.stdout) as { packages: { epoch: unknown; arch: string }[] };
    assert.deepEqual(packages.map((row) => [row.epoch, row.arch]).sort(), [
      [1, 'src'],
      [1, machineArch()],
    ]);
  });

  it('builds from sources with a backslash, a caret and whatever else a name may have', async () => {
    const files = [...ODD_NAMES, 'odd^1.spec'].map((name) => join(directory.path, name));
    for (const file of files) writeFileSync(file, file.endsWith('.spec') ? ODD_SPEC : basename(file));
    const spec = files.at(-1) ?? '';
    const collected = (await collectSources(spec)).map(({ name }) => name);
    assert.deepEqual([...collected].sort(), files.map((file) => basename(file)).sort());
    const id = await buildSource([spec, ...files.slice(0, -1)]);
    await startRpm(id);
    assert.match((await remote('copr-rpmbuild-log')).stdout, /Build succeeded/);
    const target = join(directory.path, 'odd');
    assert.equal((await download(target)).code, 0);
    const listed = await run('rpm', ['-qpl', join(target, 'odd-1.0^git1-1.noarch.rpm')]);
    for (const name of ODD_NAMES) assert.ok(listed.stdout.includes(`/usr/share/odd/${name}\n`), name);
  });

  it('looks BuildRequires up in the rpm database of its machine, and says where there is none', async () => {
    const spec = join(directory.path, 'needing.spec');
    writeFileSync(spec, NEEDING_SPEC);
    const place = (name: string): string => join(directory.path, name);
    const [packages, database, empty] = [place('provided'), place('rpmdb'), place('no-rpmdb')];
    for (const path of [packages, database, empty]) mkdirSync(path);
    const [provided = ''] = await givenRpms(packages, { name: 'provided' });
    const installed = await run('rpm', ['--dbpath', database, '-i', '--justdb', '--nodeps', join(packages, provided)]);
    assert.equal(installed.code, 0, installed.stderr);
    const id = await buildSource([spec]);
    const logWith = async (rpmDatabase: string): Promise<string> => {
      const own = { name: 'b3', port: 0, directory: `${rpmDatabase}-builder`, authorizedKeys: `${key}.pub` };
      const other = await startBuilder({ ...own, rpmDatabase });
      try {
        assert.equal((await startRpm(id, other.port)).code, 0);
        return (await remote('copr-rpmbuild-log', other.port)).stdout;
      } finally {
        await remote('copr-builder-cleanup', other.port);
        await other.close();
      }
    };
    const checked = await logWith(database);
    assert.match(checked, /Failed build dependencies:\n\s+nowhere-devel >= 3 is needed by needing/);
    assert.doesNotMatch(checked, /provided >= 1.0 is needed|Build succeeded/);
    const unchecked = await logWith(empty);
    assert.match(unchecked, /BuildRequires are not checked.*\n {4}nowhere-devel >= 3\n {4}provided >= 1.0\n/);
    assert.match(unchecked, /Build succeeded/);
  });

  it('leaves no success behind a failing build', async () => {
    const id = await buildSource(exampleFiles('broken'));
    await startRpm(id);
    const log = await remote('copr-rpmbuild-log');
    assert.match(log.stdout, /fails on purpose/);
    assert.match(log.stdout, /Build failed/);
    assert.equal((await remote('ls /var/lib/copr-rpmbuild/results/success')).code, 2);
  });

  it('refuses a second build, and cancels the first at once', async () => {
    const spec = join(directory.path, 'slow.spec');
    writeFileSync(spec, SLOW_SPEC);
    const id = await buildSource([spec]);
    await startRpm(id);
    const second = await startRpm(id);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /one build at a time/);
    const group = Number((await remote('cat /var/lib/copr-rpmbuild/pid')).stdout);
    await eventually('the build step', async () =>
      (await remote('cat /var/lib/copr-rpmbuild/main.log')).stdout.includes('\nwaiting-now'),
    );
    const began = Date.now();
    const answer = await remote('copr-rpmbuild-cancel');
    assert.deepEqual([answer.code, answer.stdout], [0, 'success\n']);
    assert.ok(Date.now() - began < 5000, 'a cancel is quick');
    assert.ok(!isGroupRunning(group));
    assert.match((await remote('copr-rpmbuild-log')).stdout, /Build interrupted/);
    assert.match((await remote('copr-rpmbuild-cancel')).stdout, /not found/);
    assert.deepEqual(journalEvents().slice(-5), ['start', 'refused', 'cancel', 'end', 'cancel']);
  });

  it('says in the log what is wrong with the task', async () => {
    assert.equal((await startRpm(99_999)).code, 0);
    assert.match((await remote('copr-rpmbuild-log')).stdout, /Build failed: the task cannot be built/);
  });

  it('leaves a build running when its ssh server is killed', async () => {
    const id = (await call(`${frontend.url}/api/builds`)).json as { id: number; package: string }[];
    const slow = id.find((build) => build.package === 'slow')?.id ?? 0;
    const root = join(directory.path, 'killed');
    const main = join(import.meta.dirname, '..', '..', 'playground', 'main.ts');
    const words = ['builder', '--port', '0', '--directory', root, '--authorized-keys', `${key}.pub`];
    const server = spawn(process.execPath, ['--import=tsx', main, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) =>
      server.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    assert.equal((await startRpm(slow, Number(/:(\d+)/.exec(line)?.[1]))).code, 0);
    server.kill('SIGKILL');
    await new Promise((resolve) => server.once('exit', resolve));
    const script = markProcess(Number(readFileSync(join(root, 'lib', 'logger_pid'), 'utf8')));
    assert.ok(script !== null && isRunning(script), 'the build goes on');

    // The next server on the directory can still stop it.
    const next = await startBuilder({ name: 'b2', port: 0, directory: root, authorizedKeys: `${key}.pub` });
    assert.equal((await remote('copr-rpmbuild-cancel', next.port)).stdout, 'success\n');
    assert.ok(!isRunning(script));
    await next.close();
  });

  it('wipes everything on cleanup', async () => {
    assert.equal((await remote('copr-builder-cleanup')).code, 0);
    assert.equal((await remote('ls -A /var/lib/copr-rpmbuild')).stdout, '');
  });
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NO_MEMORY } from '../../src/adapters/pulp/tasks.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenPulp, PULP_START_MS, type GivenPulp } from '../support/given-pulp.js';
import { runProgramHere, type CommandEnd } from '../support/run-program-here.js';

const WATCH = { memory: NO_MEMORY };

type Listed = { readonly name: string; readonly pulp_labels: unknown; readonly pulp_href: string };
type Project = { readonly repositories: readonly Listed[]; readonly distributions: readonly Listed[] };

describe('copr-backend-pulp-query, at a real Pulp', function () {
  this.timeout(PULP_START_MS);
  let given: GivenPulp;
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let file: string;

  before(async () => {
    given = await givenPulp();
    directory = await givenDirectory();
    file = path.join(directory.path, 'cli.toml');
    const { url, username, password } = given.server;
    const values = { base_url: url, api_root: '/pulp/', domain: 'default', username, password, cert: '', key: '' };
    const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    await writeFile(file, `[cli]\n${lines.join('')}`);
  });
  after(async () => {
    await directory.remove();
    await given.close();
  });

  const query = (...words: readonly string[]): Promise<CommandEnd> =>
    runProgramHere('copr-backend-pulp-query', ['--pulp-config', file, ...words]);
  async function found<T>(...words: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await query(...words);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  it('names the packages of a build, of all chroots or of one', async () => {
    const build = String(Date.now());
    for (const chroot of ['fedora-42-x86_64', 'epel-9-x86_64']) {
      const rpms = await given.rpms({ name: `in-${chroot}` });
      const labelled = rpms.map((rpm) => ({ ...rpm, labels: { build_id: build, chroot } }));
      await given.packages.ensure(labelled, WATCH);
    }
    const all = await found<readonly Listed[]>('--build', build);
    const one = await found<readonly Listed[]>('--build', build, '--chroot', 'epel-9-x86_64');
    assert.equal(all.length, 4);
    assert.deepEqual(
      one.map(({ name, pulp_labels: labels }) => ({ name, labels })),
      ['noarch', 'src'].map(() => ({
        ...{ name: 'in-epel-9-x86_64', labels: { build_id: build, chroot: 'epel-9-x86_64' } },
      })),
    );
    const record = await found<Readonly<Record<string, unknown>>>('--href', one[0]?.pulp_href ?? '');
    assert.deepEqual([record['name'], record['rpm_license']], ['in-epel-9-x86_64', 'MIT']);
  });

  it('names the repositories and distributions of a project, or of one chroot with its devel repository', async () => {
    const chroot = given.name();
    const project = path.dirname(chroot);
    for (const name of [chroot, `${chroot}-devel`, `${project}/fedora-42-x86_64+more`]) {
      const repository = await given.repositories.ensure(name);
      const publication = await given.repositories.publish(repository.latest_version_href, WATCH);
      await given.repositories.serve({ name, publication: publication.pulp_href, labels: {} }, WATCH);
    }
    const names = ({ repositories, distributions }: Project): readonly (readonly string[])[] =>
      [repositories, distributions].map((list) => list.map(({ name }) => name));
    const both = [chroot, `${chroot}-devel`];
    assert.deepEqual(names(await found('--project', project, '--chroot', 'fedora-42-x86_64')), [both, both]);
    const three = [...both, `${project}/fedora-42-x86_64+more`].sort();
    assert.deepEqual(
      names(await found<Project>('--project', project)).map((list) => [...list].sort()),
      [three, three],
    );
  });

  it('ends with 3 if Pulp has nothing of it', async () => {
    for (const words of [
      ['--build', '999999999999'],
      ['--project', 'jdoe/never-made'],
      ['--href', '/pulp/api/v3/tasks/0199ab12-7f3e-7c55-9d10-3f1c2b4a5d6e/'],
    ])
      assert.equal((await query(...words)).code, 3, words.join(' '));
  });

  it('says in one line which Pulp does not answer, or which file is missing', async () => {
    const wrong = path.join(directory.path, 'wrong.toml');
    await writeFile(wrong, '[cli]\nbase_url = "http://127.0.0.1:9"\nusername = "a"\npassword = "b"\n');
    const silent = await query('--pulp-config', wrong, '--build', '7');
    assert.equal(silent.code, 1);
    assert.match(silent.stderr, /^GET http:\/\/127\.0\.0\.1:9\/pulp\/api\/v3\/content\/rpm\/packages\/: .*\n$/);
    const missing = await query('--pulp-config', path.join(directory.path, 'none.toml'), '--build', '7');
    assert.equal(missing.code, 5);
    assert.match(missing.stderr, /none\.toml cannot be read/);
  });

  it('asks the Pulp of the configuration as a worker does: its keys, then the file', async () => {
    const { url, username, password } = given.server;
    const config = path.join(directory.path, 'copr-be.conf');
    async function asked(lines: readonly string[]): Promise<CommandEnd> {
      const usual = ['frontend_base_url = http://127.0.0.1:9', 'frontend_auth = x', 'temporal_profile = /none#default'];
      const dirs = ['destdir', 'state_dir', 'log_dir'].map((key) => `${key} = ${directory.path}`);
      await writeFile(config, `[backend]\n${[...usual, ...dirs, ...lines].join('\n')}\n`);
      return runProgramHere('copr-backend-pulp-query', ['--config', config, '--build', '999999999999']);
    }
    const away = path.join(directory.path, 'away.toml');
    await writeFile(away, `[cli]\nbase_url = "http://127.0.0.1:9"\nusername = "${username}"\npassword = "wrong"\n`);
    const keys = [`pulp_base_url = ${url}`, `pulp_password = ${password}`];
    const both = await asked([...keys, `pulp_cli_config = ${away}`]);
    assert.equal(both.code, 3, both.stderr);
    assert.equal((await asked([`pulp_cli_config = ${file}`])).code, 3);
    const none = await asked(['pulp_cli_config = /none/cli.toml']);
    assert.equal(none.code, 5);
    assert.match(none.stderr, /no Pulp is configured: set pulp_base_url and its like, or write \/none\/cli\.toml/);
  });

  it('asks for exactly one thing', async () => {
    for (const words of [
      [],
      ['--build', '7', '--project', 'a/b'],
      ['--href', '/a/', '--chroot', 'c'],
      ['--href', 'http://elsewhere/'],
      ['--project', 'hello'],
      ['--build', 'seven'],
      ['--build', '7', '--chroot', '../x'],
    ])
      assert.equal((await query(...words)).code, 2, words.join(' '));
  });
});

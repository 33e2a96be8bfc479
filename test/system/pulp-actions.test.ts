import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPulpClient } from '../../src/adapters/pulp/pulp-client.js';
import { createPublishedMetadata, type PublishedMetadata } from '../../src/adapters/pulp-store/published-metadata.js';
import { givenActionWorld, type ActionWorld, type RawAction } from '../support/action-world.js';
import { PULP_START_MS, settingsOf } from '../support/given-pulp.js';
import { pulp } from '../support/pulp.js';
import { recordedAction } from '../support/recorded-actions.js';
import { runProgramHere, type CommandEnd } from '../support/run-program-here.js';
import { until } from '../support/until.js';

type Data = {
  readonly projectname: string;
  readonly chroots: readonly string[];
  readonly [field: string]: unknown;
};

type Asked = Required<RawAction>;
type TrashEntry = { readonly id: string; readonly path: string };

/** Actions as a real frontend sent them for projects in Pulp; each is run twice, as after a lost report. */
describe('recorded actions of projects in Pulp', function () {
  this.timeout(300_000);
  let world: ActionWorld;
  let metadata: PublishedMetadata;
  let redirects: string;
  // Another run, or an earlier one on this machine, may have had these.
  const owner = `o${process.pid}`;

  before(async function () {
    this.timeout(PULP_START_MS);
    const server = await pulp();
    metadata = createPublishedMetadata(server.contentUrl);
    world = await givenActionWorld({
      settings: {
        ...{ pulp_base_url: server.url, pulp_content_url: server.contentUrl },
        ...{ pulp_username: server.username, pulp_password: server.password },
        pulp_redirect_file: '%(destdir)s.redirects',
      },
    });
    redirects = `${world.destdir}.redirects`;
    await writeFile(redirects, '');
  });
  after(async () => {
    await world.close();
    metadata.close();
  });

  /** The record's data, of our owner; with other fields, if a test says so. */
  async function run(id: number, changes: Readonly<Record<string, unknown>> = {}): Promise<Data> {
    const recorded = recordedAction(id);
    const wanted = { ...(JSON.parse(recorded.data) as Data), ownername: owner, ...changes };
    await runAsked({ ...recorded, data: JSON.stringify(wanted) });
    return wanted;
  }

  async function runAsked({ action_type, object_type, object_id, old_value, new_value, data }: Asked): Promise<void> {
    const asked = await world.ask({ action_type, object_type, object_id, old_value, new_value, data });
    for (const time of ['once', 'twice']) {
      const { outcome, reported } = await world.run(asked);
      assert.deepEqual([outcome.result, reported.result], ['succeeded', 1], `${time}: ${reported.message ?? ''}`);
    }
  }

  const backend = (...words: readonly string[]): Promise<CommandEnd> =>
    runProgramHere('copr-backend', [...words, '--config', world.configFile]);

  async function published(project: string, chroot: string): Promise<readonly string[] | null> {
    const packages = await metadata.read(`${owner}/${project}/${chroot}`);
    return packages === null ? null : [...packages.keys()].map((href) => path.basename(href)).sort();
  }

  const HELLO = ['hello-1.0-1.noarch.rpm', 'hello-1.0-1.src.rpm'];

  it('publish empty repositories for every chroot of a new project', async () => {
    const { projectname, chroots } = await run(35);
    assert.equal(chroots.length, 4);
    for (const chroot of chroots) assert.deepEqual(await published(projectname, chroot), []);
    assert.equal(await readFile(redirects, 'utf8'), `${owner}/${projectname}\n`, 'web servers find it, once');
  });

  it('publish what lies in the directories, and take out what is deleted', async () => {
    const build = [owner, 'pulped', 'fedora-44-x86_64', '00000032-hello'] as const;
    await world.build('hello', ...build);
    await run(32);
    assert.deepEqual(await published('pulped', 'fedora-44-x86_64'), HELLO);
    await run(34);
    assert.deepEqual(await published('pulped', 'fedora-44-x86_64'), []);
    assert.ok(!existsSync(path.join(world.destdir, ...build)), 'its logs go, too, as nobody can still read them');
  });

  it('show with manual createrepo only what the owner has regenerated', async () => {
    const project = { projectname: 'manual', project_dirnames: ['manual'] };
    await world.build('hello', owner, 'manual', 'fedora-44-x86_64', '00000033-hello');
    // As the frontend asks when it is switched on.
    await run(32, { ...project, devel: true, reason: 3 });
    assert.equal(await published('manual', 'fedora-44-x86_64'), null);
    assert.deepEqual(await published('manual', 'fedora-44-x86_64-devel'), HELLO);
    await run(32, { ...project, devel: false, reason: 4 });
    assert.deepEqual(await published('manual', 'fedora-44-x86_64'), HELLO);
  });

  it('take the directories of pull requests out of both stores, though the action names none', async () => {
    const chroot = 'fedora-44-x86_64';
    await world.build('hello', owner, 'hello:pr:7', chroot, '00000034-hello');
    await run(32, { projectname: 'hello', project_dirnames: ['hello:pr:7'] });
    assert.deepEqual(await published('hello:pr:7', chroot), HELLO);
    await world.build('hello', owner, 'hello:pr:8', chroot, '00000035-hello');
    await world.publish(owner, 'hello:pr:8', chroot);
    // As after a publication by another service, which keeps nothing on the disk.
    await run(32, { projectname: 'hello', project_dirnames: ['hello:pr:9'] });
    await rm(path.join(world.destdir, owner, 'hello:pr:9', chroot), { recursive: true });
    const dirnames = ['hello:pr:7', 'hello:pr:8', 'hello:pr:9'];
    await runAsked({ ...recordedAction(28), data: JSON.stringify(dirnames.map((dirname) => `${owner}/${dirname}`)) });
    for (const dirname of dirnames) {
      assert.equal(await published(dirname, chroot), null, dirname);
      assert.ok(!existsSync(path.join(world.destdir, owner, dirname)), dirname);
    }
    const entries = await backend('trash', 'list', '--json');
    const lines = entries.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TrashEntry);
    const held = lines
      .filter(({ id }) => existsSync(path.join(world.destdir, '.trash', id, 'content', '.elsewhere.json')))
      .map(({ path: place }) => path.basename(place));
    assert.deepEqual(held.sort(), ['hello:pr:7', 'hello:pr:9'], 'the one of the tree alone needs no Pulp to go');
  });

  it('leave trash that commands restore and empty, as far as they reach Pulp', async () => {
    const chroot = 'fedora-44-x86_64';
    const at = async (dirname: string): Promise<string> => {
      const { stdout } = await backend('trash', 'list', '--json');
      const entries = stdout.trim().split('\n');
      const found = entries
        .map((line) => JSON.parse(line) as TrashEntry)
        .find((entry) => entry.path === `${owner}/${dirname}`);
      return found?.id ?? assert.fail(`${dirname} is not in the trash`);
    };
    const restored = await backend('trash', 'restore', await at('hello:pr:7'));
    assert.equal(restored.code, 0, restored.stderr);
    assert.deepEqual(await published('hello:pr:7', chroot), HELLO);
    await runAsked({ ...recordedAction(28), data: JSON.stringify([`${owner}/hello:pr:7`]) });

    const settings = await readFile(world.configFile, 'utf8');
    const without = `${world.configFile}.without`;
    const dead = `${world.configFile}.dead`;
    const none = `pulp_cli_config = ${world.destdir}/none.toml`;
    await writeFile(without, `${settings.replaceAll(/^pulp_.*\n/gm, '')}${none}\n`);
    await writeFile(dead, settings.replace(/^pulp_base_url = .*$/m, 'pulp_base_url = http://127.0.0.1:9'));
    const id = await at('hello:pr:7');
    const refused = await runProgramHere('copr-backend', ['trash', 'restore', id, '--config', without]);
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /its packages are in Pulp: no Pulp is configured: set pulp_base_url/);
    const partly = await runProgramHere('copr-backend', ['trash', 'empty', '--all', '--config', dead]);
    assert.equal(partly.code, 1);
    assert.match(partly.stdout, /hello:pr:8 removed/);
    assert.match(partly.stdout, /hello:pr:7 stays/);
    assert.match(partly.stderr, /what stays in the trash could not be removed: .*127\.0\.0\.1:9.*ECONNREFUSED/);
    assert.equal(await at('hello:pr:7'), id);

    const emptied = await backend('trash', 'empty', '--all');
    assert.equal(emptied.code, 0, emptied.stderr);
    assert.match((await backend('trash', 'list')).stdout, /the trash is empty/);
    const client = await createPulpClient(settingsOf(await pulp()));
    try {
      const left = await client.repositories.repositories('deleted=');
      assert.deepEqual(
        left.filter(({ name }) => name.includes(`/${owner}/`)),
        [],
      );
    } finally {
      client.close();
    }
  });

  it('publish a deleted build again that is restored from the trash', async () => {
    const chroot = 'fedora-44-x86_64';
    await world.build('hello', owner, 'back', chroot, '00000036-hello');
    await run(32, { projectname: 'back', project_dirnames: ['back'] });
    await run(34, {
      ...{ projectname: 'back', project_dirname: 'back', project_dirnames: { back: { [chroot]: ['00000036-hello'] } } },
      ...{ chroot_builddirs: { [chroot]: ['00000036-hello'] } },
    });
    assert.deepEqual(await published('back', chroot), []);
    const { stdout } = await backend('trash', 'list', '--json');
    const { id } = JSON.parse(stdout.trim()) as TrashEntry;
    const restored = await backend('trash', 'restore', id);
    assert.equal(restored.code, 0, restored.stderr);
    // No generation outlives the next here, so its metadata may go while they are read.
    const seen = (): ReturnType<typeof published> => published('back', chroot).catch(() => null);
    await until('the packages are published', async () => (await seen())?.length === HELLO.length);
    assert.equal(await world.named(owner, 'back', chroot), null, 'nothing was published in the tree');
  });
});

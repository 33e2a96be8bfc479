import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPublishedMetadata, type PublishedMetadata } from '../../src/adapters/pulp-store/published-metadata.js';
import { givenActionWorld, type ActionWorld } from '../support/action-world.js';
import { PULP_START_MS } from '../support/given-pulp.js';
import { pulp } from '../support/pulp.js';
import { recordedAction } from '../support/recorded-actions.js';
import { runProgramHere, type CommandEnd } from '../support/run-program-here.js';

const CHROOT = 'fedora-44-x86_64';
const HELLO = ['hello-1.0-1.noarch.rpm', 'hello-1.0-1.src.rpm'];

type Listed = {
  readonly hold: { readonly generation: string } | null;
  readonly generations: readonly { readonly generation: string; readonly state: string; readonly packages: number }[];
  readonly pins: readonly { readonly url: string }[];
};

/** Nobody tells these commands where a project is: they find out. */
describe('commands for a repository of a project in Pulp', function () {
  this.timeout(300_000);
  let world: ActionWorld;
  let metadata: PublishedMetadata;
  const owner = `c${process.pid}`;
  const repository = [`${owner}/hello`, CHROOT] as const;

  before(async function () {
    this.timeout(PULP_START_MS);
    const server = await pulp();
    metadata = createPublishedMetadata(server.contentUrl);
    world = await givenActionWorld({
      settings: {
        ...{ pulp_base_url: server.url, pulp_content_url: server.contentUrl, generation_grace_hours: '1' },
        ...{ pulp_username: server.username, pulp_password: server.password },
        pulp_redirect_file: '%(destdir)s.redirects',
      },
    });
    await givenProjectInPulp();
    await world.build('hello', owner, 'hello', CHROOT, '00000001-hello');
    await createrepo();
  });
  after(async () => {
    await world.close();
    metadata.close();
  });

  const inTree = (...parts: readonly string[]): string => path.join(world.destdir, owner, 'hello', CHROOT, ...parts);

  /** The frontend knows the project, by a build that nobody starts. */
  async function givenProjectInPulp(): Promise<void> {
    const send = async (route: string, method: string, body: string): Promise<{ readonly id: string }> => {
      const answer = await fetch(`${world.frontendUrl}/api/${route}`, { method, body });
      assert.ok(answer.ok, `${route}: ${answer.status}`);
      return (await answer.json()) as { readonly id: string };
    };
    const { id } = await send('uploads', 'POST', '');
    await send(`uploads/${id}/hello.spec`, 'PUT', 'Name: hello\n');
    const asked = { upload: id, file: 'hello.spec', owner, project: 'hello', chroots: [CHROOT], storage: 'pulp' };
    await send('builds', 'POST', JSON.stringify(asked));
  }

  async function createrepo(): Promise<void> {
    const { action_type, data: recorded } = recordedAction(32);
    const project = { ownername: owner, projectname: 'hello', project_dirnames: ['hello'], chroots: [CHROOT] };
    const data = JSON.stringify({ ...(JSON.parse(recorded) as object), ...project });
    const { outcome } = await world.run(await world.ask({ action_type, data }));
    assert.equal(outcome.result, 'succeeded');
  }

  async function run(program: string, ...words: readonly string[]): Promise<CommandEnd> {
    const end = await runProgramHere(program, [...words, '--config', world.configFile]);
    assert.equal(end.code, 0, `${program} ${words.join(' ')}: ${end.stderr}`);
    return end;
  }
  const repo = (...words: readonly string[]): Promise<CommandEnd> => run('copr-backend', 'repo', ...words);
  const list = async (): Promise<Listed> => JSON.parse((await repo('list', ...repository, '--json')).stdout) as Listed;

  /** The packages that clients get from Pulp: sha256 by the name of the file. */
  async function published(at = `${owner}/hello/${CHROOT}`): Promise<Readonly<Record<string, string>>> {
    const packages = (await metadata.read(at)) ?? assert.fail(`Pulp serves no ${at}`);
    const entries = [...packages].map(([href, { checksum }]) => [path.basename(href), checksum] as const);
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  it('copr-repo publishes at Pulp, and puts nothing into the tree that would hide it', async () => {
    await world.build('more', owner, 'hello', CHROOT, '00000002-more');
    await run('copr-repo', inTree(), '--add', '00000002-more');
    assert.deepEqual(Object.keys(await published()), [...HELLO, 'more-1.0-1.noarch.rpm', 'more-1.0-1.src.rpm']);
    await run('copr-repo', inTree(), '--delete', '00000002-more');
    assert.deepEqual(Object.keys(await published()), HELLO);
    assert.ok(!existsSync(inTree('repodata')));
  });

  it('repo list, show, rollback, pin and release speak of its versions', async () => {
    const before = await list();
    assert.deepEqual(
      before.generations.map(({ state, packages }) => [state, packages]),
      [
        ['live', 2],
        ['superseded', 4],
        ['superseded', 2],
      ],
    );
    const middle = before.generations[1]?.generation ?? assert.fail();
    assert.match((await repo('diff', ...repository, middle)).stdout, /^- more-1\.0-1\.noarch$/m);
    assert.match((await repo('rollback', ...repository, middle, '--dry-run')).stdout, /^\+ more-1\.0-1\.noarch$/m);
    await repo('rollback', ...repository, middle, '--reason', 'more is missed');
    assert.equal(Object.keys(await published()).length, 4);
    const held = await list();
    assert.deepEqual([held.hold?.generation, held.generations[0]?.state], [middle, 'prepared']);
    await repo('pin', ...repository, middle);
    const url = (await list()).pins[0]?.url ?? assert.fail();
    assert.equal((await fetch(new URL('repodata/repomd.xml', url))).status, 200, url);
    await repo('unpin', ...repository, middle);
    await repo('release', ...repository);
    assert.deepEqual(Object.keys(await published()), HELLO);
    const [line] = (await repo('list', ...repository)).stdout.split('\n');
    assert.match(line ?? '', /^\d{16} {2}live +2 packages {2}made 20/);
  });

  it('repo heal finds what clients lack, and what hides Pulp from them', async () => {
    await run('copr-backend', 'repo', 'heal', ...repository);
    // As left by a project that moved to Pulp, with a project that nobody moved beside it.
    await mkdir(inTree('repodata'));
    await writeFile(inTree('repodata', 'repomd.xml'), '<repomd/>');
    await world.build('tree', owner, 'other', CHROOT, '00000003-tree');
    await world.publish(owner, 'other', CHROOT);
    const rehearsed = await repo('heal', '--dry-run');
    assert.match(rehearsed.stdout, /hello\/fedora-44-x86_64: would be rebuilt; .*repomd\.xml hides from clients/);
    const healed = await repo('heal');
    assert.match(healed.stdout, /hello\/fedora-44-x86_64: rebuilt; .*\n2 repositories were looked at/);
    assert.ok(!existsSync(inTree('repodata', 'repomd.xml')));
    assert.match((await repo('heal')).stdout, /^2 repositories were looked at\n$/);
    assert.deepEqual(await world.named(owner, 'other', CHROOT), [
      '00000003-tree/tree-1.0-1.noarch.rpm',
      '00000003-tree/tree-1.0-1.src.rpm',
    ]);
  });

  it('copr-fix-gpg signs its packages, whose files are not on the disk, and Pulp serves the signed ones', async () => {
    const before = await published();
    assert.ok(!existsSync(inTree('00000001-hello', HELLO[0] ?? '')), 'a published package is not on the disk');
    const file = path.join(path.dirname(world.configFile), 'projects');
    await writeFile(file, `${owner}/hello\n`);
    const { stdout } = await run('copr-fix-gpg', file);
    assert.match(stdout, /succeeded: 2 of 2 builds, 4 packages signed/);
    const after = await published();
    assert.deepEqual(Object.keys(after), HELLO);
    for (const name of HELLO) assert.notEqual(after[name], before[name], `${name} is served as it was`);
    assert.ok(!existsSync(inTree('repodata', 'repomd.xml')));
  });

  it('copr-prune-results looks at what Pulp has, and leaves it out where no Pulp is configured', async () => {
    const leftOut = /left out: .*\/hello\/fedora-44-x86_64: /;
    const without = `${world.configFile}.without`;
    const settings = await readFile(world.configFile, 'utf8');
    const none = `pulp_cli_config = ${world.destdir}/none.toml`;
    await writeFile(without, `${settings.replaceAll(/^pulp_.*\n/gm, '')}${none}\n`);
    const plan = (file: string): Promise<CommandEnd> =>
      runProgramHere('copr-prune-results', ['--dry-run', '--allow-root', '--config', file]);
    const partly = await plan(without);
    assert.match(partly.stdout + partly.stderr, leftOut);
    const whole = await plan(world.configFile);
    assert.doesNotMatch(whole.stdout + whole.stderr, leftOut);
  });

  it('name the store themselves where neither the frontend nor the disk says it', async () => {
    const dead = `${world.configFile}.dead`;
    const { frontendUrl, configFile } = world;
    const settings = (await readFile(configFile, 'utf8')).replace(frontendUrl, 'http://127.0.0.1:9');
    await writeFile(dead, settings);
    const listed = await runProgramHere('copr-backend', ['repo', 'list', ...repository, '--config', dead]);
    assert.equal(listed.code, 0, `the disk says it: ${listed.stderr}`);
    await mkdir(path.join(world.destdir, owner, 'new', CHROOT), { recursive: true });
    const words = ['repo', 'list', `${owner}/new`, CHROOT, '--config', dead];
    const unknown = await runProgramHere('copr-backend', words);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /not known, because the frontend does not answer .*--store tree, --store pulp/);
    assert.match((await runProgramHere('copr-backend', [...words, '--store', 'pulp'])).stdout, /no metadata/);
  });
});

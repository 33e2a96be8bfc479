import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPublishedMetadata, type PublishedMetadata } from '../../src/adapters/pulp-store/published-metadata.js';
import { givenActionWorld, type ActionWorld } from '../support/action-world.js';
import { PULP_START_MS } from '../support/given-pulp.js';
import { pulp } from '../support/pulp.js';
import { recordedAction } from '../support/recorded-actions.js';

type Data = {
  readonly projectname: string;
  readonly chroots: readonly string[];
  readonly [field: string]: unknown;
};

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
    const { action_type, object_type, object_id, old_value, new_value, data } = recordedAction(id);
    const wanted = { ...(JSON.parse(data) as Data), ownername: owner, ...changes };
    const asked = await world.ask({
      ...{ action_type, object_type, object_id, old_value, new_value },
      data: JSON.stringify(wanted),
    });
    for (const time of ['once', 'twice']) {
      const { outcome, reported } = await world.run(asked);
      assert.deepEqual([outcome.result, reported.result], ['succeeded', 1], `${time}: ${reported.message ?? ''}`);
    }
    return wanted;
  }

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
});

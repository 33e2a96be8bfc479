import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dnfInstall } from '../../support/dnf-client.js';
import { givenMovingProject, type GivenMovingProject } from '../../support/given-moving-project.js';
import { PULP_START_MS } from '../../support/given-pulp.js';
import { pulp } from '../../support/pulp.js';
import { refusalOf } from '../../support/rejection.js';

const TEST_MS = 5 * 60_000;
const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';

describe('the move of a project to a real Pulp', function () {
  this.timeout(TEST_MS);
  let given: GivenMovingProject;
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });
  beforeEach(async () => void (given = await givenMovingProject()));
  afterEach(() => given.close());

  const chrootDir = (): string =>
    path.join(given.root, 'results', given.repository.owner, given.repository.dirname, given.repository.chroot);
  const rpmsOnDisk = async (): Promise<readonly string[]> =>
    (await readdir(chrootDir(), { recursive: true }))
      .filter((file) => file.endsWith('.rpm'))
      .map((file) => path.basename(file));

  async function begin(): Promise<void> {
    await given.move.begin(given.project);
    await given.copy();
    await given.step('mirror');
  }
  async function cutOver(): Promise<void> {
    await given.move.route(given.project, 'pulp');
    await given.step('leaveTree');
  }

  it('shows clients a complete repository before, during, after, and after its undoing', async () => {
    const a = await given.build('a');
    assert.deepEqual(await given.seen(), a);
    await begin();
    assert.deepEqual(await given.seen(), a);
    // A build of the project goes on meanwhile, in the tree: its task said so.
    const b = await given.build('b');
    assert.deepEqual(await given.seen(), { ...a, ...b });
    assert.equal((await refusalOf(given.step('leaveTree'))).code, 'StorageMoveIncomplete');
    await given.copy();
    await cutOver();
    assert.deepEqual(await given.seen(), { ...a, ...b });
    // It does come from Pulp.
    const url = `${given.baseurl}repodata/repomd.xml`;
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 302);
    // The tasks of these two were made before and after the frontend was told.
    const c = await given.build('c', 'tree');
    const d = await given.build('d', 'pulp');
    const all = { ...a, ...b, ...c, ...d };
    assert.deepEqual(await given.seen(), all);
    assert.deepEqual((await rpmsOnDisk()).toSorted(), Object.keys(all).toSorted(), 'nothing leaves the tree yet');

    await given.step('returnToTree');
    assert.deepEqual(await given.seen(), { ...a, ...b }, 'at once');
    await given.move.route(given.project, 'tree');
    await given.step('catchUp');
    assert.deepEqual(await given.seen(), all);
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 200);
    // Late work for Pulp lands where clients look.
    const e = await given.build('e', 'pulp');
    assert.deepEqual(await given.seen(), { ...all, ...e });
  });

  it('lets dnf install from Pulp once the tree is retired, when no package is in the tree any more', async () => {
    const a = await given.build('a');
    await begin();
    await cutOver();
    await given.step('retire');
    await given.move.route(given.project, null);
    assert.deepEqual(await rpmsOnDisk(), []);
    assert.deepEqual(await given.seen(), a);
    const { code, stdout, stderr } = await dnfInstall(path.join(given.root, 'dnf'), {
      ...{ baseurl: given.baseurl, gpgkey: '', wanted: 'a', options: { gpgcheck: '0' } },
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    const b = await given.build('b', 'pulp');
    assert.deepEqual(await given.seen(), { ...a, ...b });
    assert.deepEqual(await rpmsOnDisk(), [], 'tasks say again where packages are');
  });

  it('uploads nothing that Pulp has, and goes on where it was', async () => {
    await given.build('a');
    const uploads = (): number => given.pulp.given.proxy.count(UPLOAD);
    const before = uploads();
    await begin();
    assert.equal(uploads() - before, 2);
    await begin();
    await cutOver();
    await cutOver();
    await given.move.begin(given.project);
    assert.equal(uploads() - before, 2);
    assert.equal((await given.move.survey(given.project)).length, 1, 'a move that was cut over can be taken up again');
  });

  it('leaves out what the tree lost meanwhile, although no record of it is left', async () => {
    const a = await given.build('a');
    await given.build('b');
    await begin();
    await given.publish('tree', { delete: ['00000002-b'] });
    await rm(path.join(chrootDir(), '00000002-b'), { recursive: true });
    await given.publish('tree', { full: true });
    await given.copy();
    await given.step('mirror');
    assert.deepEqual(await given.pulp.published(given.repository), a);
  });

  it('keeps what only the devel repository lists out of the public one, on the way and back', async () => {
    const a = await given.build('a');
    const tried = await given.build('tried', 'tree', { devel: true });
    await begin();
    await cutOver();
    assert.deepEqual(await given.seen(), a);
    assert.deepEqual(await given.pulp.published(given.repository, true), { ...a, ...tried });
    await given.step('returnToTree');
    await given.move.route(given.project, 'tree');
    await given.step('catchUp');
    assert.deepEqual(await given.seen(), a);
  });

  it('keeps packages that were published at Pulp before the project moved', async () => {
    const a = await given.build('a');
    // The frontend was told first, as its own command does.
    const b = await given.build('b', 'pulp');
    await begin();
    await cutOver();
    assert.deepEqual(await given.seen(), { ...a, ...b });
  });

  it('refuses what Pulp could not serve, and changes nothing', async () => {
    await given.build('a');
    await writeFile(path.join(chrootDir(), 'comps.xml'), '<comps><group><id>g</id><name>g</name></group></comps>');
    await given.publish('tree', { reread: true });
    const refusal = await refusalOf(given.move.survey(given.project));
    assert.equal(refusal.code, 'StorageMoveRefused');
    assert.match(refusal.message, /comps\.xml/);
  });

  it('refuses a repository that is held, until it is released', async () => {
    const a = await given.build('a');
    const { revision } = await given.stores.tree.indexer.publish(
      given.repository,
      {
        ...{ add: [], delete: [], removeRpms: [] },
        full: true,
        reread: false,
        devel: false,
        appstream: false,
        doStat: false,
      },
      {},
    );
    await given.build('b');
    const operate = given.stores.tree.indexer.operate;
    await operate(given.repository, { kind: 'rollback', generation: revision, by: 'me', reason: null }, {});
    assert.match((await refusalOf(given.move.survey(given.project))).message, /release/);
    assert.deepEqual(await given.seen(), a);
  });
});

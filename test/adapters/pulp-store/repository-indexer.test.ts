import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rememberDeletion } from '../../../src/adapters/file-tree/deletions.js';
import { digestOfFile } from '../../../src/adapters/files/digest.js';
import { createPulpIndexer } from '../../../src/adapters/pulp-store/repository-indexer.js';
import { UNIT_FIELDS } from '../../../src/adapters/pulp/answers.js';
import type { PulpCall } from '../../../src/adapters/pulp/exchange.js';
import { createPulpPackages } from '../../../src/adapters/pulp/packages.js';
import { createPulpRepositories } from '../../../src/adapters/pulp/repositories.js';
import { NO_MEMORY, runTask } from '../../../src/adapters/pulp/tasks.js';
import type { RepositoryId } from '../../../src/contracts/names/ids.js';
import type { Published } from '../../../src/contracts/repository/repository.js';
import type { IndexerRun, PublishOptions } from '../../../src/ports/repository/repository-indexer.js';
import { givenDirectory } from '../../support/given-directory.js';
import { NOTHING } from '../../support/given-repository.js';
import { givenRpms, type RpmRecipe } from '../../support/given-rpms.js';
import { PULP_START_MS } from '../../support/given-pulp.js';
import { givenPulpIndexer, type GivenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { pulp } from '../../support/pulp.js';
import { refusalOf } from '../../support/rejection.js';
import { pulpStorage } from '../../support/storage-contract/pulp-storage.js';
import { until } from '../../support/until.js';

/** Some tasks of Pulp, of seconds each on a busy machine. */
const TEST_MS = 5 * 60_000;
const WATCH = { memory: NO_MEMORY };
const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';

describe('repositories at Pulp', function () {
  this.timeout(TEST_MS);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let world: GivenPulpIndexer;
  let repository: RepositoryId;
  const clock = { now: 0 };
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });
  beforeEach(async () => {
    root = await givenDirectory();
    clock.now = Date.now();
    world = await givenPulpIndexer(root.path, { now: () => clock.now });
    const [owner = '', dirname = '', chroot = ''] = world.given.name().split('/');
    repository = { owner, dirname, chroot };
  });
  afterEach(async () => {
    await world.close();
    await root.remove();
  });

  const chrootDir = (): string => path.join(root.path, repository.owner, repository.dirname, repository.chroot);
  const nameOf = (): string => `${repository.owner}/${repository.dirname}/${repository.chroot}`;
  async function build(directory: string, recipe: Partial<RpmRecipe> = {}): Promise<Readonly<Record<string, string>>> {
    const place = path.join(chrootDir(), directory);
    await mkdir(place, { recursive: true });
    const names = await givenRpms(place, { name: 'a', summary: world.given.name(), ...recipe });
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await digestOfFile(path.join(place, name))] as const)),
    );
  }
  const publish = (run: Partial<IndexerRun>, options: PublishOptions = {}): Promise<Published> =>
    world.indexer.publish(repository, { ...NOTHING, ...run }, options);
  const seen = (): Promise<Readonly<Record<string, string>>> => world.published(repository);
  async function versions(): Promise<number> {
    const found = await world.given.repositories.find(nameOf());
    return found === null ? 0 : (await world.given.repositories.versions(found)).length;
  }

  it('lists the newest build of a version, whatever its epoch, and the one below when that is gone', async () => {
    const older = await build('00000001-a', { head: ['Epoch: 1'] });
    const newer = await build('00000002-a');
    assert.equal((await publish({ add: ['00000001-a', '00000002-a'] })).packages, 2);
    assert.deepEqual(await seen(), newer);
    await publish({ delete: ['00000002-a'] });
    assert.deepEqual(await seen(), older);
  });

  it('replaces packages that were signed again, though Pulp would call them the same', async () => {
    await build('00000001-a');
    await publish({ add: ['00000001-a'] });
    await rm(path.join(chrootDir(), '00000001-a'), { recursive: true });
    const again = await build('00000001-a');
    await publish({ add: ['00000001-a'] });
    assert.deepEqual(await seen(), again);
  });

  it('leaves packages that another service put there, until one of ours takes their place', async () => {
    const foreign = await world.given.rpms({ name: 'foreign' });
    // Pulp itself would keep this one: its epoch is higher.
    const taken = await world.given.rpms({ name: 'a', head: ['Epoch: 1'] });
    const units = await world.given.packages.ensure([...foreign, ...taken], WATCH);
    const there = await world.given.repositories.ensure(nameOf());
    const add = [...units.values()].map(({ pulp_href: href }) => href);
    await world.given.repositories.modify(there, { add, remove: [] }, WATCH);
    const ours = await build('00000001-a');
    await publish({ add: ['00000001-a'] });
    const others = foreign.map(({ file, sha256 }) => [path.basename(file), sha256] as const);
    assert.deepEqual(await seen(), { ...ours, ...Object.fromEntries(others) });
  });

  it('removes the packages of a build of another service by its label, and leaves its other builds', async () => {
    const of = async (id: string): Promise<Readonly<Record<string, string>>> => {
      const labels = { build_id: id, chroot: repository.chroot };
      const rpms = (await world.given.rpms({ name: `foreign${id}` })).map((rpm) => ({ ...rpm, labels }));
      const units = await world.given.packages.ensure(rpms, WATCH);
      const add = [...units.values()].map(({ pulp_href: href }) => href);
      const there = await world.given.repositories.ensure(nameOf());
      await world.given.repositories.modify(there, { add, remove: [] }, WATCH);
      await mkdir(path.join(chrootDir(), `${id.padStart(8, '0')}-foreign`), { recursive: true });
      return Object.fromEntries(rpms.map(({ file, sha256 }) => [path.basename(file), sha256]));
    };
    const [gone, kept] = [await of('1'), await of('2')];
    await publish({ full: true });
    assert.deepEqual(await seen(), { ...gone, ...kept });
    await publish({ delete: ['00000001-foreign'] });
    assert.deepEqual(await seen(), kept);
  });

  it('does not list a repository that it knows, and notices what others changed meanwhile', async () => {
    const first = await build('00000001-a');
    await publish({ add: ['00000001-a'] });
    const listings = (version: string | undefined): number => {
      const query = new URLSearchParams({ repository_version: version ?? '', fields: UNIT_FIELDS, limit: '2000' });
      return world.given.proxy.count(`/pulp/api/v3/content/rpm/packages/?${query.toString()}`);
    };
    const second = await build('00000002-b', { name: 'b' });
    await publish({ add: ['00000002-b'] });
    assert.equal(listings((await world.given.repositories.find(nameOf()))?.latest_version_href), 0);
    assert.deepEqual(await seen(), { ...first, ...second });
    const foreign = await world.given.rpms({ name: 'foreign' });
    const units = [...(await world.given.packages.ensure(foreign, WATCH)).values()];
    const there = await world.given.repositories.ensure(nameOf());
    const add = units.map(({ pulp_href: href }) => href);
    await world.given.repositories.modify(there, { add, remove: [] }, WATCH);
    const third = await build('00000003-c', { name: 'c' });
    await publish({ add: ['00000003-c'] });
    const others = foreign.map(({ file, sha256 }) => [path.basename(file), sha256] as const);
    assert.deepEqual(await seen(), { ...first, ...second, ...third, ...Object.fromEntries(others) });
    // The counts of our own change show that it did not follow the known version.
    assert.equal(listings((await world.given.repositories.find(nameOf()))?.latest_version_href), 1);
    await writeFile(path.join(chrootDir(), `.pulp-content-${repository.chroot}.json`), '{"version":');
    await publish({ delete: ['00000003-c'] });
    assert.deepEqual(await seen(), { ...first, ...second, ...Object.fromEntries(others) });
  });

  it('costs Pulp eight requests for a build of two packages, besides looks at its tasks', async () => {
    await build('00000001-a');
    await publish({ add: ['00000001-a'] });
    await build('00000002-b', { name: 'b' });
    const { exchange } = world.given;
    const asked: string[] = [];
    const count =
      <T>(send: (call: PulpCall) => Promise<T>) =>
      (call: PulpCall): Promise<T> => {
        if (!call.to.includes('/tasks/')) asked.push(`${call.method} ${call.to}`);
        return send(call);
      };
    const counted = { ask: count(exchange.ask), get: count(exchange.get), close: exchange.close };
    const client = { packages: createPulpPackages(counted), repositories: createPulpRepositories(counted) };
    const redirects = { add: () => Promise.resolve(), remove: () => Promise.resolve() };
    const indexer = createPulpIndexer({
      ...{ destdir: root.path, client, published: world.metadata, redirects, graceHours: 1 },
    });
    await indexer.publish(repository, { ...NOTHING, add: ['00000002-b'] }, {});
    assert.ok(asked.length <= 8, asked.join('; '));
    assert.equal(Object.keys(await seen()).length, 4);
  });

  it('makes one version of many builds, and sends nothing twice when its worker is lost on the way', async () => {
    const packages: Record<string, string> = {};
    const builds = ['00000001-a', '00000002-b', '00000003-c'];
    for (const directory of builds) Object.assign(packages, await build(directory, { name: directory.slice(9) }));
    // The answer to an upload is lost; then the worker, as soon as the change was submitted.
    world.given.proxy.fail(UPLOAD, 'resetAfter');
    assert.equal((await refusalOf(publish({ add: builds }))).code, 'PulpUnavailable');
    const gone = new AbortController();
    world.given.server.pause('worker');
    try {
      const onProgress = (step: string): void => {
        if (step === 'modify') gone.abort(new Error('the worker is gone'));
      };
      await assert.rejects(publish({ add: builds }, { signal: gone.signal, onProgress }), /the worker is gone/);
    } finally {
      world.given.server.resume('worker');
    }
    assert.ok(existsSync(path.join(chrootDir(), '.pulp-tasks.json')), 'the task is remembered');
    assert.equal((await publish({ add: builds })).packages, 6);
    assert.deepEqual(await seen(), packages);
    const { pulp_href: href } = (await world.given.repositories.find(nameOf())) ?? assert.fail();
    const { count } = world.given.proxy;
    assert.deepEqual([await versions(), count(UPLOAD), count(`${href}modify`)], [2, 6, 1]);
    assert.ok(!(await readdir(chrootDir())).includes('.pulp-tasks.json'), 'nothing is under way');
  });

  it('waits for what an earlier attempt left behind, and then looks', async () => {
    const first = await build('00000001-a');
    await publish({ add: ['00000001-a'] });
    const { value } = await world.given.exchange.get({ method: 'GET', to: 'tasks/', query: { limit: '1' } });
    const [task] = (value as { results: readonly { pulp_href: string }[] }).results;
    const left = { [`serve ${nameOf()}`]: task?.pulp_href };
    await writeFile(path.join(chrootDir(), '.pulp-tasks.json'), JSON.stringify(left));
    const second = await build('00000002-b', { name: 'b' });
    await publish({ add: ['00000002-b'] });
    assert.deepEqual(await seen(), { ...first, ...second });
  });

  it('keeps superseded generations for their time, and pinned ones for good, under a name of their own', async () => {
    const first = await build('00000001-a');
    const { revision } = await publish({ add: ['00000001-a'] });
    await world.indexer.operate(repository, { kind: 'pin', generation: revision, by: 'me' }, {});
    await build('00000002-b', { name: 'b' });
    const { collectAt } = await publish({ add: ['00000002-b'] });
    assert.ok(collectAt !== null, 'the empty version waits');
    clock.now = Date.parse(collectAt) + 60_000;
    assert.deepEqual(await world.indexer.collect(repository), { collectAt: null });
    assert.equal(await versions(), 2, 'the pinned and the newest');
    const pinned = { ...repository, chroot: `${repository.chroot}@${revision}` };
    assert.deepEqual(await world.published(pinned), first);
    await world.indexer.operate(repository, { kind: 'unpin', generation: revision, by: 'me' }, {});
    await world.indexer.collect(repository);
    assert.equal(await versions(), 1);
  });

  it('lets go of a Pulp that takes its time to remove superseded generations, and goes on later', async () => {
    await build('00000001-a');
    const { collectAt } = await publish({ add: ['00000001-a'] });
    clock.now = Date.parse(collectAt ?? '') + 60_000;
    const cancel = new AbortController();
    world.given.server.pause('worker');
    try {
      const tidying = world.indexer.collect(repository, { signal: cancel.signal });
      await until('the removal', () => existsSync(path.join(chrootDir(), '.pulp-tasks.json')));
      cancel.abort(new Error('canceled by its user'));
      await assert.rejects(tidying, /canceled by its user/);
    } finally {
      world.given.server.resume('worker');
    }
    await world.indexer.collect(repository);
    assert.equal(await versions(), 1);
  });

  it('takes packages off the disk once clients get them, also from devel alone, and publishes them without', async () => {
    const here = async (name: string): Promise<readonly string[]> =>
      (await readdir(path.join(chrootDir(), name))).filter((file) => file.endsWith('.rpm'));
    const first = await build('00000001-a');
    await writeFile(path.join(chrootDir(), '00000001-a', 'build.log.gz'), 'log');
    await publish({ add: ['00000001-a'], devel: true });
    assert.deepEqual(await here('00000001-a'), []);
    assert.ok(existsSync(path.join(chrootDir(), '00000001-a', 'build.log.gz')));
    assert.deepEqual(await seen(), {});
    const { revision } = await publish({ full: true });
    assert.deepEqual(await seen(), first);
    await world.indexer.operate(repository, { kind: 'rollback', generation: revision, by: 'me', reason: null }, {});
    await build('00000002-b', { name: 'b' });
    await publish({ add: ['00000002-b'] });
    assert.equal((await here('00000002-b')).length, 2, 'under a hold nobody gets them');
  });

  for (const when of ['before', 'after'] as const)
    it(`leaves nothing of what it published where a deletion overtook it, ${when} its directory is gone`, async () => {
      await build('00000001-a');
      const { owner, dirname, chroot } = repository;
      const { storage } = pulpStorage(root.path, world);
      const held = world.given.proxy.hold('before', ({ route }) => route.endsWith('distributions/rpm/rpm'));
      const publishing = refusalOf(publish({ add: ['00000001-a'] }));
      await until('the switch', () => held.isReached());
      await storage.projects.rememberDeletion(repository, 71);
      await storage.forget(repository, {});
      const discard = (): Promise<unknown> =>
        storage.trash.discard([owner, dirname, chroot], 'action 71', { atMost: Number.POSITIVE_INFINITY });
      if (when === 'after') await discard();
      void held.release();
      assert.equal((await publishing).code, 'ProjectDeleted');
      if (when === 'before') await discard();
      const { repositories } = world.given;
      assert.deepEqual([await repositories.find(nameOf()), await repositories.distribution(nameOf())], [null, null]);
      assert.ok(!existsSync(chrootDir()), 'its directory is not made again');
    });

  it('leaves the repositories of a project that was renamed while it published', async () => {
    const packages = await build('00000001-a');
    const held = world.given.proxy.hold('after', ({ route }) => route.endsWith('distributions/rpm/rpm'));
    const publishing = refusalOf(publish({ add: ['00000001-a'] }));
    await until('the switch', () => held.isReached());
    const { owner, dirname } = repository;
    await rememberDeletion(root.path, { owner, dirname, chroot: null }, 71, `${owner}/renamed`);
    await rename(path.join(root.path, owner, dirname), path.join(root.path, owner, 'renamed'));
    void held.release();
    assert.equal((await publishing).code, 'ProjectRenamed');
    assert.ok((await world.given.repositories.find(nameOf())) !== null);
    await until('the publication', async () => Object.keys(await seen()).length > 0);
    assert.deepEqual(await seen(), packages);
  });

  it('refuses what begins while a deletion is under way', async () => {
    await build('00000001-a');
    await pulpStorage(root.path, world).storage.forget(repository, {});
    assert.equal((await refusalOf(publish({ full: true }))).code, 'ProjectDeleted');
    assert.equal(await world.given.repositories.find(nameOf()), null);
  });

  it('removes the directories of builds that have left, after their time', async () => {
    await build('00000001-a');
    const kept = await build('00000002-b', { name: 'b' });
    await publish({ full: true });
    clock.now = Date.now();
    await publish({ delete: ['00000001-a'] });
    assert.ok(existsSync(path.join(chrootDir(), '00000001-a')), 'somebody may still read it');
    clock.now += 2 * 3_600_000;
    await world.indexer.collect(repository);
    assert.ok(!existsSync(path.join(chrootDir(), '00000001-a')));
    await publish({ full: true });
    assert.deepEqual(await seen(), kept);
  });

  it('does not bring a pruned package back, though its file lies there for its time', async () => {
    const first = await build('00000001-a');
    const { revision } = await publish({ add: ['00000001-a'] });
    await world.indexer.operate(repository, { kind: 'rollback', generation: revision, by: 'me', reason: null }, {});
    const second = Object.entries(await build('00000002-b', { name: 'b' }));
    await publish({ add: ['00000002-b'] });
    const [[pruned] = assert.fail(), ...others] = second;
    await publish({ removeRpms: [`00000002-b/${pruned}`] });
    assert.ok(existsSync(path.join(chrootDir(), '00000002-b', pruned)), 'somebody may still read it');
    await publish({ full: true });
    clock.now += 2 * 3_600_000;
    await world.indexer.operate(repository, { kind: 'release', by: 'me' }, {});
    assert.ok(!existsSync(path.join(chrootDir(), '00000002-b', pruned)));
    await publish({ full: true });
    assert.deepEqual(await seen(), { ...first, ...Object.fromEntries(others) });
  });

  it('publishes without what Pulp has cleaned up meanwhile, and says so, but adds no build without its own', async () => {
    const covered = Object.values(await build('00000001-a'));
    await build('00000002-a');
    const kept = await build('00000003-b', { name: 'b' });
    await publish({ add: ['00000001-a'] });
    await publish({ add: ['00000002-a', '00000003-b'] });
    clock.now = Date.now() + 2 * 3_600_000;
    await world.indexer.collect(repository);
    const units = await world.given.packages.find(covered);
    const json = { content_hrefs: [...units.values()].map(({ pulp_href: href }) => href), orphan_protection_time: 0 };
    await runTask(world.given.exchange, 'cleanup', { method: 'POST', to: 'orphans/cleanup/', json }, WATCH);
    assert.equal((await world.given.packages.find(covered)).size, 0, 'no version has the covered ones');
    const { warnings } = await publish({ delete: ['00000002-a'] });
    assert.match(warnings.join(), /Pulp no longer has a-\S+\.rpm and 1 others/);
    assert.deepEqual(await seen(), kept);
    assert.equal((await refusalOf(publish({ add: ['00000001-a'] }))).code, 'PulpRefused');
  });

  it('warns of a build that is not there, and publishes the others', async () => {
    const packages = await build('00000001-a');
    const { warnings } = await publish({ add: ['00000001-a', '00000009-never'] });
    assert.match(warnings.join(), /00000009-never is not there/);
    assert.deepEqual(await seen(), packages);
  });
});

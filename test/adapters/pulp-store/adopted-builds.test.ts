import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { adoptBuilds } from '../../../src/adapters/pulp-store/adopted-builds.js';
import { NO_MEMORY } from '../../../src/adapters/pulp/tasks.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import type { IndexerRun } from '../../../src/ports/repository/repository-indexer.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS } from '../../support/given-pulp.js';
import { givenPulpIndexer, type GivenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { NOTHING } from '../../support/given-repository.js';
import { pulp } from '../../support/pulp.js';
import { refusalOf } from '../../support/rejection.js';
import { pulpStorage } from '../../support/storage-contract/pulp-storage.js';
import type { StorageWorld } from '../../support/storage-contract/storage.js';

const WATCH = { memory: NO_MEMORY };

/** As the Python service leaves them: labels at Pulp, logs in the tree, and nothing that is ours. */
describe('builds that another service brought to Pulp', function () {
  this.timeout(5 * 60_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let world: GivenPulpIndexer;
  let storage: StorageWorld['storage'];
  let repository: { owner: string; dirname: string; chroot: string };
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });
  beforeEach(async () => {
    root = await givenDirectory();
    world = await givenPulpIndexer(root.path);
    ({ storage } = pulpStorage(root.path, world));
    repository = { owner: `o${randomUUID()}`, dirname: 'hello', chroot: 'fedora-42-x86_64' };
  });
  afterEach(async () => {
    await world.close();
    await root.remove();
  });

  const nameOf = (): string => Object.values(repository).join('/');
  const chrootDir = (): string => path.join(root.path, ...Object.values(repository));
  const publish = (run: Partial<IndexerRun>): Promise<unknown> =>
    world.indexer.publish(repository, { ...NOTHING, ...run }, {});

  /** Uploads with labels, adds to the repository, publishes; the build's directory has no package. */
  async function theirs(
    name: string,
  ): Promise<{ readonly build: string; readonly files: Readonly<Record<string, string>> }> {
    const id = randomInt(10_000_000, 99_999_999);
    const build = `${id}-${name}`;
    const labels = { build_id: String(id), chroot: repository.chroot };
    const rpms = (await world.given.rpms({ name })).map((rpm) => ({ ...rpm, labels }));
    const units = await world.given.packages.ensure(rpms, WATCH);
    const { repositories } = world.given;
    const add = [...units.values()].map(({ pulp_href: href }) => href);
    const changed = await repositories.modify(await repositories.ensure(nameOf()), { add, remove: [] }, WATCH);
    await repositories.publish(changed.repository.latest_version_href, WATCH);
    await mkdir(path.join(chrootDir(), build), { recursive: true });
    for (const file of ['success', 'build.info', 'results.json'])
      await writeFile(path.join(chrootDir(), build, file), '');
    return { build, files: Object.fromEntries(rpms.map(({ file, sha256 }) => [path.basename(file), sha256])) };
  }

  /** Its distribution follows the repository. */
  async function distribute(): Promise<void> {
    const { repositories, exchange } = world.given;
    const { pulp_href: href } = await repositories.ensure(nameOf());
    const json = { name: nameOf(), base_path: nameOf(), repository: href };
    await exchange.get({ method: 'POST', to: 'distributions/rpm/rpm/', json });
    while ((await repositories.distribution(nameOf())) === null) await new Promise((done) => setImmediate(done));
  }

  it('are surveyed, pruned and kept like our own', async () => {
    const [old, recent] = [await theirs('a'), await theirs('b')];
    await distribute();
    const survey = await storage.prunable.survey(repository);
    assert.ok(survey.state === 'whole');
    assert.deepEqual(
      survey.packages.map(({ href }) => href).sort(),
      [old, recent].flatMap(({ build, files }) => Object.keys(files).map((file) => `${build}/${file}`)).sort(),
    );
    assert.deepEqual(
      survey.directories.map(({ name, rpms }) => [name, rpms.length]).sort(),
      [old, recent].map(({ build }) => [build, 2]).sort(),
    );
    const [gone = '', ...left] = Object.keys(old.files).sort();
    await publish({ removeRpms: [`${old.build}/${gone}`] });
    const kept = Object.fromEntries(left.map((file) => [file, old.files[file]]));
    assert.deepEqual(await world.published(repository), { ...kept, ...recent.files });
    await publish({ full: true });
    assert.deepEqual(await world.published(repository), { ...kept, ...recent.files });
  });

  it('have packages to sign, whose bytes come from Pulp', async () => {
    const { build, files } = await theirs('a');
    await distribute();
    const place = { ...repository, targetDir: build };
    assert.deepEqual(await storage.buildResults.rpms(place), []);
    await adoptBuilds(chrootDir(), repository, { client: world.client });
    assert.deepEqual(await storage.buildResults.rpms(place), Object.keys(files).sort());
    const { bytes } = await storage.packageCopies.copy(place, Object.keys(files));
    assert.ok(bytes > 0);
  });

  it('stay hidden from clients until their owner releases them, where createrepo is manual', async () => {
    const [shown, hidden] = [await theirs('a'), await theirs('b')];
    const { repositories } = world.given;
    const publications = await repositories.publications((await repositories.find(nameOf())) ?? assert.fail());
    const first = publications.find(({ repository_version: version }) => version.endsWith('/versions/1/'));
    await repositories.serve({ name: nameOf(), publication: first?.pulp_href ?? '', labels: {} }, WATCH);
    const third = await theirs('c');
    // A deletion publishes both repositories.
    await publish({ delete: [third.build], devel: true });
    assert.deepEqual(await world.published(repository), shown.files);
    assert.deepEqual(await world.published(repository, true), { ...shown.files, ...hidden.files });
  });

  it('are not hidden by metadata in the tree', async () => {
    await theirs('a');
    const tree = createCreaterepoIndexer({
      destdir: root.path,
      resultsBaseurl: 'http://results.example',
      graceHours: 1,
    });
    const refused = await refusalOf(tree.publish(repository, { ...NOTHING, full: true }, {}));
    assert.match(refused.message, /its packages are at Pulp, and metadata in the results tree would hide them/);
  });
});

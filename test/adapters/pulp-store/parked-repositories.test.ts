import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unconfiguredPulpStore } from '../../../src/adapters/pulp-store/package-store.js';
import { createPulpIndexer } from '../../../src/adapters/pulp-store/repository-indexer.js';
import { createRedirectFile } from '../../../src/adapters/pulp-store/redirect-file.js';
import { createParkedRepositories } from '../../../src/adapters/pulp-store/parked-repositories.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import type { Published } from '../../../src/contracts/repository/repository.js';
import type { IndexerRun } from '../../../src/ports/repository/repository-indexer.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS } from '../../support/given-pulp.js';
import { givenPulpIndexer, type GivenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { NOTHING } from '../../support/given-repository.js';
import { pulp } from '../../support/pulp.js';
import { refusalOf } from '../../support/rejection.js';
import { checksumsOf, deliver, givenPackages, type Packages } from '../../support/storage-contract/given-build.js';
import { pulpStorage } from '../../support/storage-contract/pulp-storage.js';

const TEST_MS = 5 * 60_000;
const ALL = { atMost: Number.POSITIVE_INFINITY };

describe('deleted directories whose packages are at Pulp', function () {
  this.timeout(TEST_MS);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let world: GivenPulpIndexer;
  let packages: Packages;
  let place: { owner: string; dirname: string; chroot: string; targetDir: string };
  let revision: string;
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });
  beforeEach(async () => {
    root = await givenDirectory();
    world = await givenPulpIndexer(root.path);
    place = { owner: `o${randomUUID()}`, dirname: 'hello', chroot: 'fedora-42-x86_64', targetDir: '00000001-a' };
    packages = await givenPackages('a', place.owner);
    const published = (): Promise<never> => assert.fail();
    const mine = { ...pulpStorage(root.path, world), published, close: () => Promise.resolve() };
    await deliver(mine, place, packages);
    ({ revision } = await publish({ full: true }));
  });
  afterEach(async () => {
    await world.close();
    await root.remove();
  });

  const publish = (run: Partial<IndexerRun>): Promise<Published> =>
    world.indexer.publish(place, { ...NOTHING, ...run }, {});
  const changes: string[] = [];
  function given(): {
    readonly parked: ReturnType<typeof createParkedRepositories>;
    readonly trash: ReturnType<typeof createTrash>;
  } {
    changes.length = 0;
    const redirects = {
      add: (project: string) => Promise.resolve(void changes.push(`+${project}`)),
      remove: (project: string) => Promise.resolve(void changes.push(`-${project}`)),
    };
    const parked = createParkedRepositories({
      ...{ destdir: root.path, redirects },
      repositories: world.given.repositories,
    });
    return { parked, trash: createTrash({ destdir: root.path, hours: 24, elsewhere: parked }) };
  }

  it('come back as they were: held at a generation, with those that were pinned', async () => {
    const { parked, trash } = given();
    await publish({ delete: [place.targetDir] });
    await world.indexer.operate(place, { kind: 'pin', generation: revision, by: 'me' }, {});
    await world.indexer.operate(place, { kind: 'rollback', generation: revision, by: 'me', reason: null }, {});
    const project = { owner: place.owner, dirname: place.dirname, chroot: null };
    await parked.forget(project, {});
    const pin = { ...place, chroot: `${place.chroot}@${revision}` };
    for (const gone of [place, pin]) assert.deepEqual(await world.published(gone), {});
    await trash.discard([place.owner, place.dirname], 'action 71', ALL);
    const [entry] = await trash.list();
    await trash.restore(entry?.id ?? assert.fail());
    for (const back of [place, pin]) assert.deepEqual(await world.published(back), checksumsOf(packages));
    assert.equal((await publish({})).hold?.generation, revision);
    assert.deepEqual(changes, [`-${place.owner}/hello`, ...Array.from({ length: 2 }, () => `+${place.owner}/hello`)]);
  });

  it('are on no list of redirects, though a publication was under way that puts them there', async () => {
    const { parked } = given();
    const file = path.join(root.path, 'list.txt');
    await writeFile(file, '');
    const list = createRedirectFile(file);
    const late = createPulpIndexer({
      ...{ destdir: root.path, client: world.client, published: world.metadata, graceHours: 1 },
      redirects: {
        ...list,
        add: async (project) => {
          // The deletion has taken it off the list, and parks what is there.
          await parked.forget({ owner: place.owner, dirname: place.dirname, chroot: null }, {});
          await list.add(project);
        },
      },
    });
    const { code } = await refusalOf(late.publish(place, NOTHING, {}));
    assert.equal(code, 'ProjectDeleted');
    assert.equal(await readFile(file, 'utf8'), '');
  });

  it('are known by what lies on the disk where no Pulp is configured', async () => {
    const { has, forget } = unconfiguredPulpStore({ destdir: root.path, remedy: 'set pulp_base_url' });
    const { owner, dirname } = place;
    const project = { owner, dirname, chroot: null };
    await mkdir(path.join(root.path, owner, 'in-the-tree', place.chroot), { recursive: true });
    assert.equal(await has({ ...project, dirname: 'in-the-tree' }, {}), false);
    assert.equal(await has({ ...project, dirname: 'never-made' }, {}), false);
    assert.equal(await has(project, {}), true);
    const { code, retryable } = await refusalOf(forget(project, {}));
    assert.deepEqual([code, retryable], ['PulpUnconfigured', true]);
  });

  it('wait for a Pulp whose database is away, and go then', async () => {
    const { parked, trash } = given();
    const { owner, dirname, chroot } = place;
    const { server, repositories } = world.given;
    await server.stopDatabase();
    let failure;
    try {
      failure = await refusalOf(parked.forget({ owner, dirname, chroot }, {}));
    } finally {
      await server.startDatabase();
    }
    assert.deepEqual([failure.code, failure.retryable], ['PulpUnavailable', true]);
    await parked.forget({ owner, dirname, chroot }, {});
    await trash.discard([owner, dirname, chroot], 'action 71', ALL);
    assert.deepEqual(await repositories.distributions(`${owner}/`), []);
    await trash.empty({ ...ALL, all: true });
    const left = await repositories.repositories('deleted=');
    assert.deepEqual(
      left.filter(({ name }) => name.includes(owner)),
      [],
    );
  });

  it('are not what a link leads to: that stays as it was', async () => {
    const { owner, dirname, chroot } = place;
    await symlink(chroot, path.join(root.path, owner, dirname, 'fedora-eol-x86_64'));
    const failure = await refusalOf(given().parked.forget({ owner, dirname, chroot: 'fedora-eol-x86_64' }, {}));
    assert.deepEqual([failure.code, failure.retryable], ['StorageFailed', false]);
    await publish({});
    assert.deepEqual(await world.published(place), checksumsOf(packages));
  });
});

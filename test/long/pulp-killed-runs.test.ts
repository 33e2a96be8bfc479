import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readBuildRecord } from '../../src/adapters/pulp-store/build-record.js';
import { createPulpIndexer } from '../../src/adapters/pulp-store/repository-indexer.js';
import { createRedirectFile } from '../../src/adapters/pulp-store/redirect-file.js';
import type { PulpExchange } from '../../src/adapters/pulp/exchange.js';
import { createPulpPackages } from '../../src/adapters/pulp/packages.js';
import { createPulpRepositories } from '../../src/adapters/pulp/repositories.js';
import type { IndexerRun } from '../../src/ports/repository/repository-indexer.js';
import { dyingExchange } from '../support/dying-exchange.js';
import { givenDirectory } from '../support/given-directory.js';
import { PULP_START_MS } from '../support/given-pulp.js';
import { givenPulpIndexer, type GivenPulpIndexer } from '../support/given-pulp-indexer.js';
import { NOTHING } from '../support/given-repository.js';
import { pulp } from '../support/pulp.js';
import { checksumsOf, deliver, givenPackages, type Packages } from '../support/storage-contract/given-build.js';
import { pulpStorage } from '../support/storage-contract/pulp-storage.js';
import type { Storage } from '../support/storage-contract/storage.js';

/** Every operation is begun about as often as it has steps, with some tasks of Pulp each. */
const TEST_MS = 10 * 60_000;
const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';
const CHROOT = 'fedora-42-x86_64';
const BINARY = 'a-1.0-1.noarch.rpm';
const ALL = { atMost: Number.POSITIVE_INFINITY };

/** A project with one build, whose names nobody has used. */
type Given = {
  readonly storage: Storage;
  readonly owner: string;
  readonly place: {
    readonly owner: string;
    readonly dirname: string;
    readonly chroot: string;
    readonly targetDir: string;
  };
  readonly packages: Packages;
};

/** Work that a process dies in, and another one repeats. */
type Work = (storage: Storage, given: Given) => Promise<unknown>;

function onlyBinary(packages: Packages): Packages {
  return { [BINARY]: packages[BINARY] ?? assert.fail() };
}

/** As a signer leaves it. */
async function putBinary(directory: string, packages: Packages): Promise<void> {
  await writeFile(path.join(directory, BINARY), packages[BINARY] ?? assert.fail());
}

describe('a process that dies at any step of its work at Pulp', function () {
  this.timeout(TEST_MS);
  let world: GivenPulpIndexer;
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
    root = await givenDirectory();
    world = await givenPulpIndexer(root.path);
  });
  after(async () => {
    await world.close();
    await root.remove();
  });

  const publish = (storage: Storage, { place }: Given, run: Partial<IndexerRun>): Promise<unknown> =>
    storage.indexer.publish(place, { ...NOTHING, ...run }, {});

  function storageOf(exchange: PulpExchange): Storage {
    const client = {
      packages: createPulpPackages(exchange),
      repositories: createPulpRepositories(exchange),
      close: () => undefined,
    };
    const { metadata } = world;
    const destdir = root.path;
    const redirects = createRedirectFile(path.join(destdir, 'pulp-redirect.txt'));
    const indexer = createPulpIndexer({ destdir, client, published: metadata, graceHours: 1, redirects });
    return pulpStorage(destdir, { indexer, client, metadata }).storage;
  }

  async function givenProject(): Promise<Given> {
    const owner = `o${randomUUID()}`;
    const place = { owner, dirname: 'hello', chroot: CHROOT, targetDir: '00000001-a' };
    const packages = await givenPackages('a', owner);
    const { bring, change } = pulpStorage(root.path, world);
    const storage = storageOf(world.given.exchange);
    const published = (): Promise<never> => assert.fail();
    await deliver({ storage, bring, change, published, close: () => Promise.resolve() }, place, packages);
    return { storage, owner, place, packages };
  }

  /** Lets the work die with its first change at Pulp, its second …, each time with a new project, and repeats it. */
  async function dieEverywhere(
    prepare: (given: Given) => Promise<unknown>,
    work: Work,
    check: (given: Given) => Promise<unknown>,
  ): Promise<number> {
    for (let changes = 1; ; changes += 1) {
      const given = await givenProject();
      await prepare(given);
      const dying = dyingExchange(world.given.exchange, changes);
      const end = await work(storageOf(dying), given).then(
        () => 'done',
        () => 'died',
      );
      await dying.settled();
      if (!dying.isDead()) {
        assert.equal(end, 'done');
        return changes - 1;
      }
      await work(given.storage, given);
      await check(given);
    }
  }

  const see = async (place: Given['place'], packages: Packages): Promise<void> =>
    assert.deepEqual(await world.published(place), checksumsOf(packages));
  /** Names of everything that Pulp has of an owner, deleted or not. */
  async function namesOf({ owner }: Given): Promise<readonly string[]> {
    const { repositories } = world.given;
    const [there, deleted, served] = await Promise.all([
      repositories.repositories(`${owner}/`),
      repositories.repositories('deleted='),
      repositories.distributions(`${owner}/`),
    ]);
    const own = deleted.filter(({ name }) => name.includes(`/${owner}/`));
    return [...there, ...own, ...served].map(({ name }) => name).sort();
  }
  const publicNames = ({ owner }: Given, dirname = 'hello'): readonly string[] =>
    Array.from({ length: 2 }, () => `${owner}/${dirname}/${CHROOT}`);

  it('publishes nothing twice and uploads nothing twice', async () => {
    let uploads = 0;
    const steps = await dieEverywhere(
      () => Promise.resolve((uploads = world.given.proxy.count(UPLOAD))),
      (storage, given) => publish(storage, given, { add: [given.place.targetDir] }),
      async (given) => {
        await see(given.place, given.packages);
        assert.equal(world.given.proxy.count(UPLOAD) - uploads, Object.keys(given.packages).length);
        assert.deepEqual(await namesOf(given), publicNames(given));
      },
    );
    assert.ok(steps >= 6, `it died ${steps} times`);
  });

  it('deletes all of a chroot, from where all of it comes back', async () => {
    await dieEverywhere(
      (given) => publish(given.storage, given, { full: true }),
      async (storage, { place }) => {
        const { owner, dirname, chroot } = place;
        await storage.projects.rememberDeletion({ owner, dirname, chroot }, 71);
        await storage.forget({ owner, dirname, chroot }, {});
        await storage.trash.discard([owner, dirname, chroot], 'action 71', ALL);
      },
      async (given) => {
        assert.equal(await given.storage.indexer.exists(given.place, { devel: false }), false);
        const [name, ...more] = await namesOf(given);
        assert.match(name ?? '', /^deleted=/);
        assert.deepEqual(more, []);
        const entry = (await given.storage.trash.list()).find(({ path }) => path.startsWith(given.owner));
        await given.storage.trash.restore(entry?.id ?? assert.fail());
        await see(given.place, given.packages);
        assert.deepEqual(await namesOf(given), publicNames(given));
      },
    );
  });

  it('puts a deleted chroot back, and empties the trash of another', async () => {
    const idOf = async ({ storage, owner }: Given): Promise<string> =>
      (await storage.trash.list()).find(({ path }) => path.startsWith(owner))?.id ?? assert.fail();
    const trashed = async (given: Given): Promise<void> => {
      const { owner, dirname, chroot } = given.place;
      await publish(given.storage, given, { full: true });
      await given.storage.forget({ owner, dirname, chroot }, {});
      await given.storage.trash.discard([owner, dirname, chroot], 'action 71', ALL);
    };
    await dieEverywhere(
      trashed,
      async (storage, given) => storage.trash.restore(await idOf(given)),
      (given) => see(given.place, given.packages),
    );
    await dieEverywhere(
      trashed,
      async (storage, given) => storage.trash.empty({ ...ALL, id: await idOf(given) }),
      async (given) => assert.deepEqual(await namesOf(given), []),
    );
  });

  it('renames a project with all that Pulp has of it', async () => {
    const names = ({ owner }: Given) => ({
      source: { owner, project: 'hello' },
      destination: { owner, project: 'world' },
      ...{ action: 50, sign: false },
    });
    await dieEverywhere(
      (given) => publish(given.storage, given, { full: true }),
      (storage, given) => storage.projects.rename(names(given)),
      async (given) => {
        await see({ ...given.place, dirname: 'world' }, given.packages);
        assert.deepEqual(await namesOf(given), publicNames(given, 'world'));
      },
    );
  });

  it('forks a build whose packages it signs, and uploads only those, once', async () => {
    let uploads = 0;
    let signed: Packages = {};
    const target = ({ place, owner }: Given): Given['place'] => ({
      ...place,
      owner: `${owner}f`,
      targetDir: '00000011-a',
    });
    await dieEverywhere(
      async (given) => {
        await publish(given.storage, given, { full: true });
        signed = { ...given.packages, ...onlyBinary(await givenPackages('a', `${given.owner} signed`)) };
        uploads = world.given.proxy.count(UPLOAD);
      },
      async (storage, given) => {
        const to = target(given);
        const staged = await storage.copies.stage({ from: given.place, to, packages: 'copies', fromChroot: null });
        if (staged.state === 'staged') {
          const place = path.join(root.path, to.owner, to.dirname, '.staging', staged.copy.staging);
          await putBinary(place, signed);
          await storage.copies.commit([staged.copy]);
        }
        await storage.indexer.publish(to, { ...NOTHING, full: true }, {});
      },
      async (given) => {
        await see(given.place, given.packages);
        await see(target(given), signed);
        assert.equal(world.given.proxy.count(UPLOAD) - uploads, 1, 'the source package is there, under its checksum');
        assert.deepEqual(
          await namesOf({ ...given, owner: `${given.owner}f` }),
          publicNames({ ...given, owner: `${given.owner}f` }),
        );
        assert.deepEqual(await world.given.repositories.repositories('fetch='), []);
      },
    );
  });

  it('signs published packages again, and uploads them once', async () => {
    let uploads = 0;
    let signed: Packages = {};
    await dieEverywhere(
      async (given) => {
        await publish(given.storage, given, { full: true });
        signed = { ...given.packages, ...onlyBinary(await givenPackages('a', `${given.owner} signed`)) };
        uploads = world.given.proxy.count(UPLOAD);
      },
      async (storage, given) => {
        const { place } = given;
        const chrootDir = path.join(root.path, place.owner, place.dirname, place.chroot);
        const record = await readBuildRecord(chrootDir, place.targetDir);
        const isRecorded = record?.packages.some(({ sha256 }) => sha256 === checksumsOf(signed)[BINARY]) === true;
        // A signer finds nothing lacking in what an earlier attempt has put in place.
        if (!isRecorded && !existsSync(path.join(chrootDir, place.targetDir, BINARY))) {
          const { staging } = await storage.packageCopies.copy(place, [BINARY]);
          await putBinary(path.join(root.path, place.owner, place.dirname, '.staging', staging), signed);
          await storage.packageCopies.replace({ ...place, staging });
        }
        await publish(storage, given, { reread: true, doStat: true });
      },
      async (given) => {
        await see(given.place, signed);
        assert.equal(world.given.proxy.count(UPLOAD) - uploads, 1);
      },
    );
  });

  it('takes builds out of both repositories', async () => {
    await dieEverywhere(
      async (given) => {
        for (const devel of [false, true]) await publish(given.storage, given, { full: true, devel });
      },
      (storage, given) => publish(storage, given, { delete: [given.place.targetDir] }),
      async (given) => {
        await see(given.place, {});
        assert.deepEqual(await world.published(given.place, true), {});
      },
    );
  });
});

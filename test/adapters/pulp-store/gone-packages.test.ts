import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readBuildRecord, type RecordedPackage } from '../../../src/adapters/pulp-store/build-record.js';
import { createPackageBytes } from '../../../src/adapters/pulp-store/package-bytes.js';
import { createPulpSigner } from '../../../src/adapters/pulp-store/signer.js';
import { digestOfFile } from '../../../src/adapters/files/digest.js';
import type { IndexerRun } from '../../../src/ports/repository/repository-indexer.js';
import type { Signer } from '../../../src/ports/signing/signer.js';
import { givenDirectory } from '../../support/given-directory.js';
import { PULP_START_MS } from '../../support/given-pulp.js';
import { givenPulpIndexer, type GivenPulpIndexer } from '../../support/given-pulp-indexer.js';
import { NOTHING } from '../../support/given-repository.js';
import { pulp } from '../../support/pulp.js';
import { refusalOf } from '../../support/rejection.js';
import {
  checksumsOf,
  deliver,
  givenPackages,
  stage,
  type Packages,
} from '../../support/storage-contract/given-build.js';
import { pulpStorage } from '../../support/storage-contract/pulp-storage.js';
import type { StorageWorld } from '../../support/storage-contract/storage.js';

const TEST_MS = 5 * 60_000;
const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';
const CHROOT = 'fedora-42-x86_64';
const [RPM, SRPM] = ['a-1.0-1.noarch.rpm', 'a-1.0-1.src.rpm'];

describe('packages at Pulp whose files are gone from the disk', function () {
  this.timeout(TEST_MS);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let world: GivenPulpIndexer;
  let storage: StorageWorld['storage'];
  let bring: StorageWorld['bring'];
  let packages: Packages;
  let from: { owner: string; dirname: string; chroot: string; targetDir: string };
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });
  beforeEach(async () => {
    root = await givenDirectory();
    world = await givenPulpIndexer(root.path);
    const made = pulpStorage(root.path, world);
    ({ storage, bring } = made);
    from = { owner: `o${randomUUID()}`, dirname: 'hello', chroot: CHROOT, targetDir: '00000001-a' };
    packages = await givenPackages('a', from.owner);
    await give(from, packages);
    await publish(from, { add: [from.targetDir] });
    await loseFiles(from);
  });
  afterEach(async () => {
    await world.close();
    await root.remove();
  });

  const directoryOf = ({ owner, dirname, chroot, targetDir }: typeof from): string =>
    path.join(root.path, owner, dirname, chroot, targetDir);
  async function give(place: typeof from, content: Packages): Promise<string> {
    const published = (): Promise<never> => assert.fail();
    const change = (): Promise<never> => assert.fail();
    return deliver({ storage, bring, change, published, close: () => Promise.resolve() }, place, content);
  }
  const publish = (place: typeof from, run: Partial<IndexerRun>): Promise<unknown> =>
    storage.indexer.publish(place, { ...NOTHING, ...run }, {});
  async function loseFiles(place: typeof from): Promise<void> {
    for (const name of await readdir(directoryOf(place)))
      if (name.endsWith('.rpm')) await rm(path.join(directoryOf(place), name));
  }
  const see = async (place: typeof from, ...some: readonly Packages[]): Promise<void> =>
    assert.deepEqual(await world.published(place), checksumsOf(...some));
  const uploads = (): number => world.given.proxy.count(UPLOAD);
  async function checksumsIn(directory: string): Promise<Readonly<Record<string, string>>> {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.rpm'));
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await digestOfFile(path.join(directory, name))] as const)),
    );
  }
  const recorded = async (place: typeof from): Promise<readonly RecordedPackage[]> =>
    (await readBuildRecord(path.dirname(directoryOf(place)), place.targetDir))?.packages ?? [];
  async function scratch(): Promise<readonly unknown[]> {
    const { repositories } = world.given;
    return [...(await repositories.repositories('fetch=')), ...(await repositories.distributions('fetch='))];
  }

  it('are of their build as before, in a full run, too', async () => {
    assert.deepEqual(await storage.buildResults.rpms(from), [RPM, SRPM]);
    await publish(from, { full: true });
    await see(from, packages);
  });

  it('are linked into another chroot as a record: nothing is brought, nothing is uploaded', async () => {
    const to = { ...from, chroot: 'fedora-43-x86_64' };
    const before = uploads();
    const staged = await storage.copies.stage({ from, to, packages: 'links', fromChroot: CHROOT });
    assert.ok(staged.state === 'staged');
    await storage.copies.commit([staged.copy]);
    assert.deepEqual(await checksumsIn(directoryOf(to)), {});
    await publish(to, { full: true });
    await see(to, packages);
    assert.equal(uploads(), before);
  });

  it('come back for a fork that signs them, and only what has changed is uploaded', async () => {
    const to = { ...from, owner: `o${randomUUID()}`, targetDir: '00000011-a' };
    const before = uploads();
    const staged = await storage.copies.stage({ from, to, packages: 'copies', fromChroot: null });
    assert.ok(staged.state === 'staged');
    const { rpms, packageBytes, staging } = staged.copy;
    assert.deepEqual(rpms, [RPM, SRPM]);
    assert.equal(
      packageBytes,
      Object.values(packages).reduce((sum, { length }) => sum + length, 0),
    );
    const others = await givenPackages('a', 'signed by another key');
    await writeFile(path.join(root.path, to.owner, to.dirname, '.staging', staging, RPM), others[RPM] ?? assert.fail());
    await storage.copies.commit([staged.copy]);
    await publish(to, { full: true });
    await see(to, { ...packages, [RPM]: others[RPM] ?? assert.fail() });
    await see(from, packages);
    assert.equal(uploads(), before + 1);
    assert.deepEqual(await storage.copies.stage({ from, to, packages: 'copies', fromChroot: null }), {
      state: 'standing',
    });
  });

  it('are copied by their labels where another service brought them, with or without new signatures', async () => {
    const old = { ...from, targetDir: `${randomInt(10_000_000, 99_999_999)}-old` };
    const theirs = await givenPackages('b', from.owner);
    await give(old, theirs);
    await publish(old, { add: [old.targetDir] });
    await loseFiles(old);
    await rm(path.join(directoryOf(old), 'pulp-packages.json'));
    for (const packages of ['links', 'copies'] as const) {
      const to = { ...old, owner: `o${randomUUID()}`, targetDir: '00000011-b' };
      const staged = await storage.copies.stage({ from: old, to, packages, fromChroot: null });
      assert.ok(staged.state === 'staged');
      assert.deepEqual(staged.copy.rpms, packages === 'links' ? [] : Object.keys(theirs).sort());
      await storage.copies.commit([staged.copy]);
      await publish(to, { full: true });
      await see(to, theirs);
    }
  });

  it('are not brought for work that was canceled, and no half copy stays in a fork', async () => {
    const signal = AbortSignal.abort(new Error('canceled by its user'));
    await assert.rejects(storage.packageCopies.copy(from, [RPM], signal));
    const to = { ...from, owner: `o${randomUUID()}` };
    await assert.rejects(storage.copies.stage({ from, to, packages: 'copies', fromChroot: null }, signal));
    assert.deepEqual(await readdir(path.join(root.path, to.owner, to.dirname, '.staging')), []);
  });

  it('are signed anew: looked at, copied, replaced and published, without those they replace', async () => {
    const signed: Record<string, string>[] = [];
    const signer = {
      lacking: async ({ packages: some }) => {
        for (const { of } of some) {
          assert.ok('staging' in of);
          const place = path.join(root.path, of.owner, of.dirname, '.staging', of.staging);
          signed.push(await checksumsIn(place));
        }
        return some;
      },
    } satisfies Pick<Signer, 'lacking'>;
    const { client, metadata: published } = world;
    const bytes = createPackageBytes({ client, published });
    const looking = createPulpSigner({ destdir: root.path, signer: signer as unknown as Signer, bytes });
    const project = { owner: from.owner, project: 'hello' };
    const lacking = await looking.lacking({ project, digest: 'sha256', packages: [{ of: from, rpms: [RPM, SRPM] }] });
    assert.deepEqual(lacking, [{ of: from, rpms: [RPM, SRPM] }]);
    assert.deepEqual(signed, [checksumsOf(packages)]);
    assert.deepEqual(await readdir(path.join(root.path, from.owner, from.dirname, '.staging')), []);

    const { staging, bytes: size } = await storage.packageCopies.copy(from, [RPM]);
    assert.equal(size, packages[RPM]?.length);
    const others = await givenPackages('a', 'signed by the new key');
    await writeFile(path.join(root.path, from.owner, from.dirname, '.staging', staging, RPM), others[RPM] ?? '');
    await storage.packageCopies.replace({ ...from, staging });
    await publish(from, { reread: true, doStat: true });
    await see(from, { ...packages, [RPM]: others[RPM] ?? assert.fail() });
  });

  it('come back also while nothing serves them, and nothing stays behind', async () => {
    const newer = { ...from, targetDir: '00000002-a' };
    const again = await givenPackages('a', 'a later build of the same version');
    await give(newer, again);
    await publish(from, { add: [newer.targetDir] });
    await see(from, again);
    const { staging } = await storage.packageCopies.copy(from, [RPM, SRPM]);
    const place = path.join(root.path, from.owner, from.dirname, '.staging', staging);
    assert.deepEqual(await checksumsIn(place), checksumsOf(packages));
    assert.deepEqual(await scratch(), []);
  });

  it('are refused in other bytes than were recorded, and no file of them stays', async () => {
    const { metadata: published, client } = world;
    const bytes = createPackageBytes({ client, published });
    const to = path.join(root.path, 'brought.rpm');
    const [one] = await recorded(from);
    const wrong = { ...(one ?? assert.fail()), bytes: 10 };
    assert.equal((await refusalOf(bytes.fetch(from, [{ of: wrong, to }]))).code, 'PulpUnavailable');
    const never = { ...wrong, sha256: '0'.repeat(64) };
    assert.equal((await refusalOf(bytes.fetch(from, [{ of: never, to }]))).code, 'PulpRefused');
    assert.equal(existsSync(to), false);
  });

  it('stay away once they are pruned, in a full run, too', async () => {
    await publish(from, { removeRpms: [`${from.targetDir}/${RPM}`] });
    await publish(from, { full: true });
    await see(from, { [SRPM]: packages[SRPM] ?? assert.fail() });
    const survey = await storage.prunable.survey(from);
    assert.ok(survey.state === 'whole');
    assert.deepEqual(
      survey.packages.map(({ href }) => href),
      [`${from.targetDir}/${SRPM}`],
    );
    assert.deepEqual(
      survey.directories.map(({ rpms }) => rpms),
      [[SRPM]],
    );
  });

  it('leave with a later run of their build, and with one whose packages are withdrawn', async () => {
    const others = await givenPackages('b', from.owner);
    const staging = await give(from, others);
    await publish(from, { add: [from.targetDir] });
    await see(from, others);
    await storage.buildResults.withdraw({ ...from, staging });
    assert.deepEqual(await storage.buildResults.rpms(from), []);
    await publish(from, { full: true });
    await see(from);
  });

  it('stay until a repeated run of their build has others, and leave then', async () => {
    await storage.buildDirectories.prepare(from, 'another run');
    await publish(from, { full: true });
    await see(from, packages);
    const others = await givenPackages('b', from.owner);
    const published = (): Promise<never> => assert.fail();
    const change = (): Promise<never> => assert.fail();
    const mine = { storage, bring, change, published, close: () => Promise.resolve() };
    await storage.buildResults.deliver({ ...from, staging: await stage(mine, from, others) });
    await publish(from, { add: [from.targetDir] });
    await see(from, others);
  });

  it('are not what a builder says that they are', async () => {
    const other = { ...from, targetDir: '00000002-b' };
    await storage.buildDirectories.prepare(other, 'run');
    const published = (): Promise<never> => assert.fail();
    const change = (): Promise<never> => assert.fail();
    const mine = { storage, bring, change, published, close: () => Promise.resolve() };
    const staging = await stage(mine, other, await givenPackages('b', from.owner));
    const [one] = await recorded(from);
    const forged = { listedIn: ['public'], packages: [{ ...one, file: 'forged.rpm' }] };
    await bring({ ...other, staging }, { 'pulp-packages.json': JSON.stringify(forged) });
    await storage.buildResults.deliver({ ...other, staging });
    assert.equal(existsSync(path.join(directoryOf(other), 'pulp-packages.json')), false);
  });
});

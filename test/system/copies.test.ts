import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import { placeOf, readMetadata } from '../../src/adapters/repository-store/metadata/metadata.js';
import { actionStatusQuery } from '../../src/contracts/messages.js';
import { checksums } from '../support/checksums.js';
import {
  branchRecord,
  COPY_CHROOT,
  forkRecord,
  givenCopyWorld,
  RELEASE_CHROOT,
  type CopyWorld,
} from '../support/copy-world.js';
import { until } from '../support/until.js';

describe('copies of projects, by processes that are killed', function () {
  this.timeout(300_000);
  let world: CopyWorld;

  beforeEach(async () => {
    world = await givenCopyWorld(120);
  });
  afterEach(() => world.remove());

  it('fork: killed while builds are copied and while they are published, it ends whole and signed', async () => {
    const before = await checksums(path.join(world.destdir, 'jdoe'));
    await world.startWorker();
    const handle = await world.act(forkRecord(17, world.builds));
    const copied = (): Promise<readonly string[]> => world.standing('alice', 'mine', COPY_CHROOT);
    await until('some builds are copied', async () => (await copied()).length > 0);
    await world.killWorker();
    const first = (await copied()).length;
    assert.ok(first < 120, `${first} builds`);
    await world.startWorker();
    await until('the metadata are made', async () => {
      const { waitingFor, outcome } = await handle.query(actionStatusQuery);
      return waitingFor?.reason === 'repository' || outcome !== null;
    });
    await world.killWorker();
    await world.startWorker();
    const outcome = await handle.result();
    assert.equal(outcome.result, 'succeeded', JSON.stringify(outcome));
    assert.match(outcome.note ?? '', /builds copied, .* MiB more on disk/);
    await isWhole('alice', 'mine', COPY_CHROOT, await copied());
    const signer = createGpgSigner({ home: path.join(world.stateDir, 'gnupg'), signDomain: 'fedorahosted.org' });
    try {
      const fork = { owner: 'alice', project: 'mine' };
      const files = await rpms(path.join(world.destdir, 'alice/mine', COPY_CHROOT));
      await signer.verify({ project: fork, digest: 'sha256', files });
      const armored = await readFile(path.join(world.destdir, 'alice/mine/pubkey.gpg'), 'utf8');
      assert.equal(armored, await signer.publicKey(fork));
    } finally {
      await signer.close();
    }
    assert.deepEqual(await checksums(path.join(world.destdir, 'jdoe')), before, 'the source is as it was');
    assert.deepEqual(reports(), [{ id: 17, result: 1 }]);
  });

  it('rawhide_to_release: killed while builds are copied, it ends whole, and is nothing to do again', async () => {
    const source = path.join(world.destdir, 'jdoe/hello', COPY_CHROOT);
    const before = await checksums(source);
    await world.startWorker();
    const handle = await world.act(branchRecord(23, world.builds));
    const copied = (): Promise<readonly string[]> => world.standing('jdoe', 'hello', RELEASE_CHROOT);
    await until('some builds are copied', async () => (await copied()).length > 0);
    await world.killWorker();
    await world.startWorker();
    assert.equal((await handle.result()).result, 'succeeded');
    await isWhole('jdoe', 'hello', RELEASE_CHROOT, await copied());
    assert.deepEqual(await copied(), world.builds);
    assert.deepEqual(await checksums(source), before, 'the source is as it was');
    const made = await checksums(path.join(world.destdir, 'jdoe/hello', RELEASE_CHROOT));
    const again = await world.act({ ...branchRecord(24, world.builds) });
    assert.equal((await again.result()).note, '0 builds copied; 120 were there already');
    const unchanged = ([name]: readonly [string, string]): boolean => /^\d/.test(name);
    const now = await checksums(path.join(world.destdir, 'jdoe/hello', RELEASE_CHROOT));
    assert.deepEqual(Object.entries(now).filter(unchanged), Object.entries(made).filter(unchanged));
    assert.deepEqual(reports(), [
      { id: 23, result: 1 },
      { id: 24, result: 1 },
    ]);
  });

  function reports(): readonly unknown[] {
    return world.frontend.seen
      .filter(({ path: asked }) => asked.endsWith('/update/'))
      .flatMap(({ body }) => (body as { readonly actions: readonly unknown[] }).actions);
  }

  /** All builds stand there, the metadata names a package of each, and nothing unfinished is left. */
  async function isWhole(owner: string, dirname: string, chroot: string, found: readonly string[]): Promise<void> {
    assert.equal(found.length, 120);
    const directory = path.join(world.destdir, owner, dirname, chroot);
    const metadata = await readMetadata(placeOf(path.join(directory, 'repodata')));
    assert.ok(metadata.state === 'whole');
    const named = [...metadata.packages.keys()].map((href) => href.split('/')[0]);
    assert.deepEqual(named.toSorted(), found);
    const staging = await readdir(path.join(directory, '../.staging'));
    assert.deepEqual(
      staging.filter((name) => name.startsWith('copy=')),
      [],
    );
  }
});

async function rpms(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.rpm')).map((name) => path.join(directory, name));
}

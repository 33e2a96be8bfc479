import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createCreaterepoIndexer } from '../../src/adapters/createrepo/create-createrepo-indexer.js';
import { placeOf, readMetadata } from '../../src/adapters/createrepo/metadata.js';
import { createGpgSigner, type GpgSigner } from '../../src/adapters/gpg/create-gpg-signer.js';
import { hashFile } from '../../src/adapters/createrepo/metadata.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/task-queues.js';
import type { resign } from '../../src/workflows/resign.js';
import { givenDirectory } from '../support/given-directory.js';
import { NOTHING } from '../support/given-repository.js';
import { givenRpms } from '../support/given-rpms.js';
import { temporal } from '../support/temporal.js';
import { givenWorkerProcess } from '../support/worker-process.js';

const TARGET = { owner: 'jdoe', dirname: 'hello' };
const PROJECT = { owner: 'jdoe', project: 'hello' };
const CHROOTS = ['fedora-44-x86_64', 'fedora-45-x86_64'];

describe('packages that are signed anew', function () {
  this.timeout(300_000);

  it('are all signed, and named by the metadata, although the worker died between their renames and that', async () => {
    const root = await givenDirectory();
    const destdir = path.join(root.path, 'results');
    const signer = createGpgSigner({ home: path.join(root.path, 'state', 'gnupg'), signDomain: 'example.org' });
    const storage = `resign-${process.pid}`;
    const worker = await givenWorkerProcess(root.path, {
      ...{ destdir, storage_name: storage, results_baseurl: 'http://results.example/results' },
      ...{ frontend_base_url: 'http://127.0.0.1:9', frontend_auth: 'secret', generation_grace_hours: 0 },
      ...{ signer: 'gpg', sign_domain: 'example.org', gently_gpg_sha256: 'false' },
    });
    try {
      await fill(destdir);
      const { client } = await temporal();
      await worker.start('tree.replaceRpms');
      const handle = await client.workflow.start<typeof resign>('resign', {
        workflowId: `resign/${TARGET.owner}/${TARGET.dirname}`,
        taskQueue: WORKFLOW_QUEUE,
        args: [
          { target: TARGET, chroots: null, storage, durations: { ...DEFAULT_DURATIONS, heartbeat: 5 }, carried: null },
        ],
      });
      await worker.died();
      assert.deepEqual(await unnamed(destdir), [['00000001-a/a-1.0-1.noarch.rpm', '00000001-a/a-1.0-1.src.rpm'], []]);
      await worker.start();
      const outcome = await handle.result();
      // What the dead attempt had put in place is not signed, and so not counted, a second time.
      assert.deepEqual(outcome, { result: 'succeeded', done: { builds: 4, signed: 6, failed: 0 }, message: null });
      assert.deepEqual(await unnamed(destdir), [[], []]);
      for (const chroot of CHROOTS) await isSigned(signer, path.join(destdir, 'jdoe/hello', chroot));
      assert.deepEqual(await readdir(path.join(destdir, 'jdoe/hello/.staging')), [], 'and nothing of the dead is left');
    } finally {
      await worker.kill();
      await signer.close();
      await root.remove();
    }
  });
});

async function fill(destdir: string): Promise<void> {
  const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0 });
  for (const chroot of CHROOTS) {
    for (const name of ['a', 'b']) {
      const build = path.join(destdir, 'jdoe/hello', chroot, `0000000${name === 'a' ? 1 : 2}-${name}`);
      await mkdir(build, { recursive: true });
      await givenRpms(build, { name });
    }
    await indexer.publish({ ...TARGET, chroot }, { ...NOTHING, full: true }, {});
  }
}

/** By chroot the packages that are others than the metadata says. */
function unnamed(destdir: string): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    CHROOTS.map(async (chroot) => {
      const directory = path.join(destdir, 'jdoe/hello', chroot);
      const metadata = await readMetadata(placeOf(path.join(directory, 'repodata')));
      if (typeof metadata === 'string') return assert.fail(metadata);
      assert.equal(metadata.packages.size, 4);
      const others: string[] = [];
      for (const [href, { algorithm, checksum }] of metadata.packages)
        if ((await hashFile(path.join(directory, href), algorithm)) !== checksum) others.push(href);
      return others.sort();
    }),
  );
}

async function isSigned(signer: GpgSigner, chroot: string): Promise<void> {
  const all = await readdir(chroot, { recursive: true });
  const files = all.filter((file) => file.endsWith('.rpm')).map((file) => path.join(chroot, file));
  assert.equal(files.length, 4);
  await signer.verify({ project: PROJECT, digest: 'sha256', files });
  const published = await readFile(path.join(chroot, '..', 'pubkey.gpg'), 'utf8');
  assert.equal(published, await signer.publicKey(PROJECT));
}

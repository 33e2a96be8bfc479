import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import type { resign } from '../../src/workflows/signing/resign.js';
import { givenDirectory } from '../support/given-directory.js';
import { assertSigned, givenProject, unnamedPackages } from '../support/given-signed-project.js';
import { temporal } from '../support/temporal.js';
import { givenWorkerProcess } from '../support/worker-process.js';

// A name of its own: the project's workflow of another test, with that one's storage, may still be there.
const TARGET = { owner: 'jdoe', dirname: 'signed' };

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
      await givenProject(destdir, TARGET, null);
      const { client } = await temporal();
      await worker.start('packageCopies.replace');
      const handle = await client.workflow.start<typeof resign>('resign', {
        workflowId: `resign/${TARGET.owner}/${TARGET.dirname}`,
        taskQueue: WORKFLOW_QUEUE,
        args: [
          { target: TARGET, chroots: null, storage, durations: { ...DEFAULT_DURATIONS, heartbeat: 5 }, carried: null },
        ],
      });
      await worker.died();
      assert.deepEqual(await unnamedPackages(destdir, TARGET), [
        ['00000001-a/a-1.0-1.noarch.rpm', '00000001-a/a-1.0-1.src.rpm'],
        [],
      ]);
      await worker.start();
      const outcome = await handle.result();
      // Packages that the dead attempt had put in place are not signed, and so not counted, a second time.
      assert.deepEqual(outcome, { result: 'succeeded', done: { builds: 4, signed: 6, failed: 0 }, message: null });
      assert.deepEqual(await unnamedPackages(destdir, TARGET), [[], []]);
      await assertSigned(signer, destdir, TARGET);
      assert.deepEqual(
        (await readdir(path.join(destdir, 'jdoe/signed/.staging'))).filter((name) => !name.startsWith('lock=')),
        [],
        'and nothing of the dead is left',
      );
    } finally {
      await worker.kill();
      await signer.close();
      await root.remove();
    }
  });
});

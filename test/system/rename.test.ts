import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import type { ActionOutcome } from '../../src/contracts/action/action.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { actionWorkflowId } from '../../src/contracts/names/ids.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import type { action } from '../../src/workflows/action/action.js';
import { answerJson, startFrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { outcomeOf } from '../support/outcome-of.js';
import { givenDirectory } from '../support/given-directory.js';
import { assertSigned, givenProject, unnamedPackages } from '../support/given-signed-project.js';
import { temporal } from '../support/temporal.js';
import { givenWorkerProcess } from '../support/worker-process.js';

const RECORD = {
  ...{ id: 50, action_type: 1, object_type: 'copr', object_id: 1, copr_id: 1, priority: 0, data: '{}' },
  ...{ old_value: 'jdoe/hello', new_value: '@web/world' },
};

describe('a project that is renamed', function () {
  this.timeout(300_000);

  it('is whole under its new name although two workers died over it, and can be renamed no second time', async () => {
    const root = await givenDirectory();
    const destdir = path.join(root.path, 'results');
    const signer = createGpgSigner({ home: path.join(root.path, 'state', 'gnupg'), signDomain: 'example.org' });
    const frontend = await startFrontendServer();
    frontend.answer = (request, response) => answerJson(request.method === 'GET' ? RECORD : {})(request, response);
    const storage = `rename-${process.pid}`;
    const worker = await givenWorkerProcess(root.path, {
      ...{ destdir, storage_name: storage, results_baseurl: 'http://results.example/results' },
      ...{ frontend_base_url: frontend.url, frontend_auth: 'secret', generation_grace_hours: 0 },
      ...{ signer: 'gpg', sign_domain: 'example.org', gently_gpg_sha256: 'false', do_sign: 'true' },
    });
    try {
      for (const dirname of ['hello', 'hello:pr:7']) await givenProject(destdir, { owner: 'jdoe', dirname }, signer);
      const { client } = await temporal();
      const start = (): ReturnType<typeof client.workflow.start<typeof action>> =>
        client.workflow.start<typeof action>('action', {
          workflowId: actionWorkflowId(RECORD.id),
          taskQueue: WORKFLOW_QUEUE,
          args: [{ actionId: RECORD.id, storage, durations: { ...DEFAULT_DURATIONS, heartbeat: 5, resend: 5 } }],
        });
      await worker.start('projects.rename');
      const first = await start();
      for (const next of ['packageCopies.replace', '']) {
        await Promise.race([worker.died(), first.result().then(() => assert.fail('it ended with nobody dead'))]);
        await worker.start(next);
      }
      assert.deepEqual(await first.result(), { result: 'succeeded' });
      assert.deepEqual(await readdir(path.join(destdir, 'jdoe')), []);
      for (const dirname of ['world', 'world:pr:7']) {
        const target = { owner: '@web', dirname };
        await assertSigned(signer, destdir, target);
        assert.deepEqual(await unnamedPackages(destdir, target), [[], []]);
      }
      const lines = '/jdoe/hello /@web/world\n/jdoe/hello:pr:7 /@web/world:pr:7\n';
      assert.equal(await readFile(path.join(destdir, '.renamed', 'map.txt'), 'utf8'), lines);
      assert.deepEqual(await (await start()).result(), { result: 'succeeded' }, 'the same action once more');
      RECORD.id += 1;
      const other = await outcomeOf<ActionOutcome>(await start());
      assert.ok(other !== 'canceled' && other.result === 'failed');
      assert.match(other.message, /^RenameRefused: jdoe\/hello does not exist: action 50 renamed it to @web\/world$/);
      const reports = frontend.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
      assert.deepEqual(reports, [
        { actions: [{ id: 50, result: 1 }] },
        { actions: [{ id: 50, result: 1 }] },
        { actions: [{ id: 51, result: 2, message: other.message }] },
      ]);
    } finally {
      await worker.kill();
      await frontend.stop();
      await signer.close();
      await root.remove();
    }
  });
});

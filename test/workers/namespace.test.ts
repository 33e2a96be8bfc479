import assert from 'node:assert/strict';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { AdmissionStatus } from '../../src/contracts/dispatch/dispatch.js';
import { BUILD_DISPATCHER_ID } from '../../src/contracts/names/ids.js';
import { BIN, givenNamespace } from '../support/given-namespace.js';

describe('the namespace of the profile', function () {
  this.timeout(180_000);

  it('is where a worker works and where the commands look', async () => {
    const given = await givenNamespace();
    const { namespace, client, configFile } = given;
    const worker = await given.startWorker('poller');
    try {
      assert.match(worker.said(), new RegExp(`"namespace":"${namespace}","namespaceFrom":"profile"`));
      assert.equal((await client.workflow.getHandle(BUILD_DISPATCHER_ID).describe()).status.name, 'RUNNING');
      const queue = await runCommand(process.execPath, [BIN, 'queue', '--json', '--config', configFile], {
        timeoutMs: 120_000,
      });
      assert.equal(queue.code, 0, queue.stderr);
      const { builds } = JSON.parse(queue.stdout) as { readonly builds: AdmissionStatus | null };
      assert.equal(builds?.running, 0, 'the dispatcher that the worker started has answered');
    } finally {
      await worker.stop();
      await given.remove();
    }
  });
});

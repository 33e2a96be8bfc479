import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { AdmissionStatus } from '../../src/contracts/dispatch/dispatch.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID, trashWorkflowId } from '../../src/contracts/names/ids.js';
import { temporal } from '../support/temporal.js';

const BIN = fileURLToPath(new URL('../../bin/copr-backend.mjs', import.meta.url));

describe('the namespace of the profile', function () {
  this.timeout(180_000);

  it('is where a worker works and where the commands look', async () => {
    const { address, connection } = await temporal();
    const namespace = `copr-${randomUUID().slice(0, 8)}`;
    const retention = { seconds: 86_400 } as unknown as null; // a duration of the API, without its Long
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
    const root = await mkdtemp(path.join(tmpdir(), 'copr-namespace-'));
    await mkdir(path.join(root, 'results'));
    const profile = path.join(root, 'temporal.toml');
    await writeFile(profile, `[profile.copr]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
    const config = path.join(root, 'copr-be.conf');
    const keys = [
      ...[`destdir=${root}/results`, `state_dir=${root}/state`, `log_dir=${root}`, `msgbuses_dir=${root}/none`],
      ...['frontend_base_url=http://127.0.0.1:1', 'frontend_auth=secret', `temporal_profile=${profile}#copr`],
      ...['http_listen='],
    ];
    await writeFile(config, `[backend]\n${keys.join('\n')}\n`);
    const worker = spawn(process.execPath, [BIN, 'worker', 'poller', '--allow-root', '--config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    worker.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(worker, 'exit');
    const { workflow } = new Client({ connection, namespace });
    try {
      const ready = until(() => said.includes('worker ready'));
      await Promise.race([ready, ended.then(() => assert.fail(`the worker ended: ${said}`))]);
      assert.match(said, new RegExp(`"namespace":"${namespace}","namespaceFrom":"profile"`));
      assert.equal((await workflow.getHandle(BUILD_DISPATCHER_ID).describe()).status.name, 'RUNNING');
      const queue = await runCommand(process.execPath, [BIN, 'queue', '--json', '--config', config], {
        timeoutMs: 120_000,
      });
      assert.equal(queue.code, 0, queue.stderr);
      const { builds } = JSON.parse(queue.stdout) as { readonly builds: AdmissionStatus | null };
      assert.equal(builds?.running, 0, 'the dispatcher that the worker started has answered');
    } finally {
      worker.kill('SIGTERM');
      await ended;
      for (const id of [BUILD_DISPATCHER_ID, ACTION_DISPATCHER_ID, trashWorkflowId('main')]) {
        await workflow
          .getHandle(id)
          .terminate('the test is over')
          .catch(() => undefined);
      }
      await rm(root, { recursive: true, force: true });
    }
  });
});

async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setTimeout(resolve, 50));
}

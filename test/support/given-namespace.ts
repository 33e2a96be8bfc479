import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../../src/contracts/names/ids.js';
import attributes from '../../temporal/search-attributes.json' with { type: 'json' };
import { temporal } from './temporal.js';

export const BIN = fileURLToPath(new URL('../../bin/copr-backend.mjs', import.meta.url));

/** `INDEXED_VALUE_TYPE_KEYWORD` of the server's API. */
const KEYWORD = 2;

/** A worker of the product in a separate process. */
export type NamespaceWorker = {
  /** Its log so far. */
  readonly said: () => string;
  /** Resolves when it has drained and ended. */
  readonly stop: () => Promise<void>;
};

/** A separate namespace on the test's Temporal server, and a configuration and a results tree for workers there. */
export type GivenNamespace = {
  readonly namespace: string;
  readonly client: Client;
  readonly destdir: string;
  readonly configFile: string;
  /** Resolves when it takes work. */
  readonly startWorker: (role: 'poller' | 'storage' | 'action') => Promise<NamespaceWorker>;
  /** Ends everything periodic or endless in it, and removes its files. */
  readonly remove: () => Promise<void>;
};

/** `given`: keys of the configuration with values other than usual. */
export async function givenNamespace(given: readonly string[] = []): Promise<GivenNamespace> {
  const { address, connection } = await temporal();
  const namespace = `copr-${randomUUID().slice(0, 8)}`;
  const retention = { seconds: 86_400 } as unknown as null; // a duration of the API, without its Long
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  const keywords = Object.keys(attributes).map((name) => [name, KEYWORD] as const);
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(keywords) });
  const root = await mkdtemp(path.join(tmpdir(), 'copr-namespace-'));
  const destdir = path.join(root, 'results');
  await mkdir(destdir);
  const profile = path.join(root, 'temporal.toml');
  await writeFile(profile, `[profile.copr]\naddress = "${address}"\nnamespace = "${namespace}"\n`);
  const configFile = path.join(root, 'copr-be.conf');
  const keys = [
    ...[`destdir=${destdir}`, `state_dir=${root}/state`, `log_dir=${root}`, `msgbuses_dir=${root}/none`],
    ...['frontend_base_url=http://127.0.0.1:1', 'frontend_auth=secret', `temporal_profile=${profile}#copr`],
    'http_listen=',
  ];
  const keyOf = (line: string): string => line.split('=')[0] ?? '';
  const usual = keys.filter((line) => !given.some((other) => keyOf(other) === keyOf(line)));
  await writeFile(configFile, `[backend]\n${[...usual, ...given].join('\n')}\n`);
  const client = new Client({ connection, namespace });

  return {
    ...{ namespace, client, destdir, configFile },
    startWorker: async (role) => {
      const worker = spawn(process.execPath, [BIN, 'worker', role, '--allow-root', '--config', configFile], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      const ended = once(worker, 'exit');
      const ready = new Promise<void>((resolve) => {
        worker.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('worker ready')) resolve();
        });
      });
      await Promise.race([ready, ended.then(() => assert.fail(`the worker ended: ${said}`))]);
      const stop = async (): Promise<void> => {
        worker.kill('SIGTERM');
        await ended;
      };
      return { said: () => said, stop };
    },
    remove: async () => {
      const forEver = [BUILD_DISPATCHER_ID, ACTION_DISPATCHER_ID].map((id) =>
        client.workflow.getHandle(id).terminate('the test is over'),
      );
      await Promise.allSettled(forEver); // at once: a rejection that waits for its handler counts as unhandled
      const schedules: Promise<unknown>[] = [];
      for await (const { scheduleId } of client.schedule.list())
        schedules.push(client.schedule.getHandle(scheduleId).delete());
      await Promise.allSettled(schedules);
      await rm(root, { recursive: true, force: true });
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { queryAgain } from '../../src/adapters/temporal/query-again.js';
import { createFrontendClient, type FrontendClient } from '../../playground/start/frontend-client.js';
import { startFaultyProxy, type FaultyProxy } from '../../test/support/faulty-proxy.js';
import { createHoldingPrograms, type HoldingPrograms } from '../../test/support/holding-programs.js';
import { startHoldingTemporalProxy, type HoldingTemporalProxy } from '../../test/support/holding-temporal-proxy.js';
import { Installation } from '../../test/support/installation.js';
import { startIsolatingProxy, type IsolatingProxy } from '../../test/support/isolating-proxy.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';

const MAIN = fileURLToPath(new URL('../../bin/copr-backend.mjs', import.meta.url));
const BUILDERS = 14;

/** The machine's only chroot (the playground's). */
export const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

/** A whole installation between proxies, on a small disk, with programs that can be made to wait. */
export type Rig = {
  readonly installation: Installation;
  readonly frontend: FaultyProxy;
  readonly resalloc: FaultyProxy;
  /** worker → network → temporal → the server */
  readonly network: IsolatingProxy;
  readonly temporal: HoldingTemporalProxy;
  readonly programs: HoldingPrograms;
  readonly disk: SmallDisk;
  /** Direct connections to the server and to the frontend. */
  readonly client: Client;
  readonly people: FrontendClient;
  /** Another worker on the same tree, connected to Temporal directly; resolves with a function that stops it. */
  readonly startSecondWorker: () => Promise<() => Promise<void>>;
  readonly remove: () => Promise<void>;
};

/** Starts everything; needs no more than `npm start`. */
export async function createRig(): Promise<Rig> {
  const undo: (() => Promise<unknown>)[] = [];
  const remove = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const programs = await createHoldingPrograms(['createrepo_c', 'rpmsign', 'rsync']);
    undo.push(programs.remove);
    const installation = await Installation.create({ PATH: programs.path });
    undo.push(() => installation.remove());
    const disk = await mountSmallDisk(installation.results);
    undo.push(async () => {
      await installation.stop();
      await disk.remove();
    });
    await installation.start('--no-examples', '--builders', String(BUILDERS));
    const proxies = await startProxies(installation, undo);
    const { address } = proxies.network;
    const profile = join(installation.data, 'worker-temporal.toml');
    await writeFile(profile, `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`);
    const through = { frontend_base_url: proxies.frontend.url, resalloc_connection: proxies.resalloc.url };
    const direct = await installation.configurationWith(through);
    await installation.reconfigure({ ...through, temporal_profile: profile });
    await installation.until('the worker polls through the proxy', () => proxies.frontend.count('pending-jobs') > 0);
    const connection = await Connection.connect({ address: installation.url('temporalAddress') });
    undo.push(() => connection.close());
    return {
      ...proxies,
      ...{ installation, programs, disk, remove },
      client: new Client({ connection, interceptors: { workflow: [queryAgain] } }),
      people: createFrontendClient(installation.url('frontendUrl')),
      startSecondWorker: () => startSecondWorker(installation, direct, programs.path),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startProxies(
  installation: Installation,
  undo: (() => Promise<unknown>)[],
): Promise<Pick<Rig, 'frontend' | 'resalloc' | 'network' | 'temporal'>> {
  const { poolUrl } = JSON.parse(await readFile(join(installation.data, 'playground.json'), 'utf8')) as {
    poolUrl: string;
  };
  const frontend = await startFaultyProxy(installation.url('frontendUrl'));
  undo.push(frontend.stop);
  const resalloc = await startFaultyProxy(poolUrl);
  undo.push(resalloc.stop);
  const temporal = await startHoldingTemporalProxy(installation.url('temporalAddress'));
  undo.push(temporal.stop);
  const network = await startIsolatingProxy(temporal.address);
  undo.push(network.stop);
  return { frontend, resalloc, network, temporal };
}

async function startSecondWorker(
  installation: Installation,
  configuration: string,
  path: string,
): Promise<() => Promise<void>> {
  const file = join(installation.data, 'second.conf');
  await writeFile(file, configuration, { mode: 0o600 });
  const logFile = join(installation.data, 'logs/processes/second-worker.log');
  const log = openSync(logFile, 'a');
  const before = existsSync(logFile) ? (await readFile(logFile, 'utf8')).length : 0;
  const worker = spawn(
    process.execPath,
    [MAIN, 'worker', 'all', '--config', file, '--allow-root', '--http-listen', 'off'],
    {
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: path },
      detached: true,
    },
  );
  closeSync(log);
  const ended = once(worker, 'exit');
  await installation.until('the second worker is ready', async () => {
    if (worker.exitCode !== null) throw new Error(await readFile(logFile, 'utf8'));
    return (await readFile(logFile, 'utf8')).slice(before).includes('worker ready');
  });
  return async () => {
    worker.kill('SIGTERM');
    await ended;
  };
}

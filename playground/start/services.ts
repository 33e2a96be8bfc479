import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreKind } from '../../src/contracts/store-kind.js';
import { devServerArguments, readSearchAttributes, waitForServer } from '../../temporal/dev-server.js';
import { isPulpReady, pulpContentUrl } from '../pulp/server.js';
import type { DataDirectory } from './data-directory.js';
import type { Ports } from './ports.js';
import type { Addresses } from './settings-files.js';
import type { Service } from './supervisor.js';

export type ServicePlan = {
  readonly root: string;
  /** The checkout whose product runs with the playground of `root`; undefined: the same one. */
  readonly product?: string;
  readonly directory: DataDirectory;
  readonly ports: Ports;
  readonly addresses: Addresses;
  readonly temporalBinary: string;
  readonly builders: number;
  readonly signer: 'gpg' | 'obs-sign';
  readonly storage?: StoreKind;
};

const READY_MS = 60_000;
const PULP_READY_MS = 240_000;

/** Everything that the launcher runs, in the order of starting. */
export async function planServices(plan: ServicePlan): Promise<readonly Service[]> {
  const { ports, directory, addresses, root, product = root } = plan;
  return [
    {
      name: 'temporal',
      program: plan.temporalBinary,
      args: devServerArguments(
        { port: ports.temporal, uiPort: ports.temporalUi, databaseFile: directory.temporalDatabase },
        await readSearchAttributes(product),
      ),
      whenReady: (signal) => waitForServer({ address: addresses.temporalAddress, timeoutMs: READY_MS, signal }),
    },
    playgroundService(plan, 'frontend', {
      port: ports.frontend,
      args: [
        ...['--state', join(directory.playground, 'frontend'), '--results-url', addresses.resultsUrl],
        ...['--password-file', directory.passwordFile],
      ],
    }),
    playgroundService(plan, 'results-web', {
      port: ports.results,
      args: ['--directory', directory.results, ...toPulp(plan)],
    }),
    playgroundService(plan, 'pool', {
      port: ports.pool,
      args: [
        ...['--state', join(directory.playground, 'pool'), '--builders', String(plan.builders)],
        ...[
          '--builder-port-base',
          String(ports.firstBuilder),
          '--authorized-keys',
          join(directory.ssh, 'id_ed25519.pub'),
        ],
      ],
    }),
    ...signingServices(plan),
    ...pulpServices(plan),
    {
      name: 'worker',
      program: process.execPath,
      args: [
        join(product, 'bin', 'copr-backend.mjs'),
        'worker',
        'all',
        '--config',
        directory.configFile,
        '--allow-root',
      ],
      whenReady: () => Promise.resolve(), // it polls for work; the first stage that moves shows that it is ready
    },
  ];
}

/** A signd and the keygen that makes its keys; none if the worker signs with gpg. */
function signingServices(plan: ServicePlan): readonly Service[] {
  if (plan.signer === 'gpg') return [];
  const keys = join(plan.directory.playground, 'signd');
  const args = ['--gnupghome', join(keys, 'gnupg'), '--phrases', join(keys, 'phrases')];
  return [
    playgroundService(plan, 'signd', { port: plan.ports.signd, args }),
    playgroundService(plan, 'keygen', { port: plan.ports.keygen, args }),
  ];
}

/** Pulp with its database, as one service; none if the packages are in the results tree. */
function pulpServices(plan: ServicePlan): readonly Service[] {
  if (plan.storage !== 'pulp') return [];
  const { api, content, database } = plan.ports.pulp;
  const args = ['--content-port', String(content), '--database-port', String(database)];
  const directory = ['--directory', join(plan.directory.playground, 'pulp')];
  const service = playgroundService(plan, 'pulp', { port: api, args: [...args, ...directory] });
  return [{ ...service, whenReady: (signal) => waitForPulp(`http://127.0.0.1:${api}`, signal) }];
}

/** Options of the web server, which sends clients of projects in Pulp on. */
function toPulp({ storage, directory, ports }: ServicePlan): readonly string[] {
  if (storage !== 'pulp') return [];
  return ['--pulp-content', pulpContentUrl(ports.pulp), '--pulp-redirects', directory.pulpRedirects];
}

function playgroundService(
  plan: ServicePlan,
  name: string,
  own: { readonly port: number; readonly args: readonly string[] },
): Service {
  const program = join(plan.root, 'dist', 'playground', 'main.js');
  return {
    name,
    program: process.execPath,
    args: ['--enable-source-maps', program, name, '--port', String(own.port), ...own.args],
    whenReady: (signal) => waitForPort(own.port, signal),
  };
}

/** Its first start makes its tables, which takes most of a minute. */
async function waitForPulp(url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + PULP_READY_MS;
  while (!(await isPulpReady(url, null))) {
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`Pulp is not ready at ${url}`);
    await sleep(500);
  }
}

/** Resolves once something on loopback accepts connections at `port`. */
async function waitForPort(port: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await accepts(port))) {
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`nothing answers at port ${port}`);
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

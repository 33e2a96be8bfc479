import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { createFrontendClient, type FrontendClient } from '../../playground/commands/frontend-client.js';
import { openDataDirectory, type DataDirectory } from '../../playground/start/data-directory.js';
import { builderPids, endBuilders } from '../../playground/start/leftovers.js';
import { planServices } from '../../playground/start/services.js';
import { writeSettings, type Addresses } from '../../playground/start/settings-files.js';
import { createSupervisor, type Service, type Supervisor } from '../../playground/start/supervisor.js';
import { openClient } from '../../src/starters/connect.js';
import { findTemporal } from '../../temporal/binary.js';
import { preparePackages } from '../stand-ins/prepared-packages.js';
import { buildPlanDirectory } from '../stand-ins/scripted-build.js';
import type { BenchRun } from '../subcommand.js';
import { countPrograms, type CountedPrograms } from './counted-programs.js';
import { freePorts } from './free-ports.js';
import { startFrontendTap, type FrontendTap } from './frontend-tap.js';

/** A measurement's requirements for its playground. */
export type Wishes = {
  readonly builders: number;
  /** Lines for [backend], before the playground's own: limits. */
  readonly limits: Readonly<Record<string, number | string>>;
  /** Number of different prepared build results. */
  readonly packages: number;
  /** Programs of the worker that are counted and can be held. */
  readonly programs: readonly string[];
  /** Called before anything is started, for whatever has to be there first. */
  readonly prepare?: (directory: DataDirectory) => void;
  /** Returns services in place of planned ones with the same name, or in addition. */
  readonly adapt?: (services: readonly Service[], directory: DataDirectory) => readonly Service[];
  /** The frontend's builds are hidden from the beginning; its actions, which make keys and repositories, are not. */
  readonly buildsHidden?: boolean;
  readonly keep: boolean;
};

/** A running playground with the worker, and tools to observe it. */
export type Installation = {
  readonly directory: DataDirectory;
  readonly addresses: Addresses;
  readonly tap: FrontendTap;
  readonly programs: CountedPrograms;
  readonly frontend: FrontendClient;
  readonly client: Client;
  /** Pid of a running service; throws if it does not run. */
  readonly pid: (service: string) => number;
  /** When a service was last started, in ms since 1970. */
  readonly startedAt: (service: string) => number;
  /** How often a service was started. */
  readonly starts: (service: string) => number;
  /** Length of builds that start from now on; with a spread some take up to that much longer, always the same ones. */
  readonly setBuildSeconds: (seconds: number, spread?: number) => void;
  /** Builds under way end within a second; from now on none takes any time. */
  readonly endBuilds: () => void;
  /** Rejects if a service keeps failing; for Promise.race. */
  readonly broken: Promise<never>;
};

/** Starts a separate playground; it is stopped and removed at the end of the run. */
export async function openInstallation(run: BenchRun, wishes: Wishes): Promise<Installation> {
  const root = mkdtempSync(join(tmpdir(), 'copr-bench-'));
  chmodSync(root, 0o755); // the builders' unprivileged user works below it
  run.defer(async () => {
    if (wishes.keep) run.say(`the data directory is ${root}`);
    else rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    return Promise.resolve();
  });
  const directory = openDataDirectory(root);
  const plan = join(root, 'bench');
  const files = buildPlanDirectory(plan);
  mkdirSync(plan, { recursive: true });
  writeFileSync(files.count, `${wishes.packages}\n`);
  const setBuildSeconds = (seconds: number, spread = 0): void => writeFileSync(files.seconds, `${seconds} ${spread}\n`);
  setBuildSeconds(0);
  run.say(`preparing ${wishes.packages} package${wishes.packages === 1 ? '' : 's'}`);
  await preparePackages(files.packages, wishes.packages);
  wishes.prepare?.(directory);
  const programs = countPrograms(join(root, 'bench', 'bin'), wishes.programs);

  const ports = await freePorts();
  const addresses = writeSettings(directory, ports);
  const tap = await startFrontendTap(addresses.frontendUrl);
  run.defer(tap.close);
  tap.hideBuilds(wishes.buildsHidden === true);
  adaptConfiguration(directory.configFile, { frontendUrl: tap.url, limits: wishes.limits });

  const { supervisor, pid, startedAt, starts } = supervise(run, directory);
  const planned = await planServices({
    ...{ root: run.root, product: run.product, directory, ports, addresses, builders: wishes.builders, signer: 'gpg' },
    temporalBinary: (await findTemporal({ say: run.say })).path,
  });
  const services = planned.map((service) => equip(service, { plan, path: programs.path }));
  for (const service of wishes.adapt?.(services, directory) ?? services) {
    run.signal.throwIfAborted();
    run.say(`starting ${service.name}`);
    await supervisor.start(service);
  }
  const open = await openClient({ profileFile: directory.profileFile, profile: 'default', namespace: null });
  run.defer(open.close);
  return {
    ...{ directory, addresses, tap, programs, pid, startedAt, starts, setBuildSeconds },
    endBuilds: () => writeFileSync(files.over, ''),
    frontend: createFrontendClient(addresses.frontendUrl),
    client: open.client,
    broken: supervisor.broken,
  };
}

/** The pool gets the scripted builders, the worker the counted programs. */
function equip(service: Service, own: { readonly plan: string; readonly path: string }): Service {
  if (service.name === 'pool') {
    const program = fileURLToPath(new URL('../stand-ins/builder.js', import.meta.url));
    // Any free ports: there are few after the base.
    const args = service.args.map((word, at) => (service.args[at - 1] === '--builder-port-base' ? '0' : word));
    return {
      ...service,
      args: [...args, '--builder-program', program],
      env: { COPR_BENCH_PLAN: own.plan },
    };
  }
  return service.name.startsWith('worker') ? { ...service, env: { PATH: own.path } } : service;
}

function adaptConfiguration(
  file: string,
  wanted: { readonly frontendUrl: string; readonly limits: Readonly<Record<string, number | string>> },
): void {
  const limits = Object.entries(wanted.limits).map(([key, value]) => `${key}=${value}\n`);
  const text = readFileSync(file, 'utf8')
    .replace(/^frontend_base_url=.*$/m, `frontend_base_url=${wanted.frontendUrl}`)
    .replace('[backend]\n', `[backend]\n${limits.join('')}`);
  writeFileSync(file, text);
}

type Supervision = Pick<Installation, 'pid' | 'startedAt' | 'starts'> & { readonly supervisor: Supervisor };

function supervise(run: BenchRun, directory: DataDirectory): Supervision {
  let running: Readonly<Record<string, number>> = {};
  const seen = new Map<string, { pid: number; at: number; starts: number }>();
  const supervisor = createSupervisor({
    logDir: directory.processLogs,
    say: run.say,
    restartDelayMs: 100,
    onChange: (now) => {
      running = now;
      for (const [name, pid] of Object.entries(now)) {
        const known = seen.get(name);
        if (known?.pid !== pid) seen.set(name, { pid, at: Date.now(), starts: (known?.starts ?? 0) + 1 });
      }
    },
  });
  run.defer(async () => {
    run.say('stopping the playground');
    const builders = existsSync(directory.playground) ? builderPids(directory) : [];
    await supervisor.stop();
    await endBuilders(directory, builders);
  });
  return {
    supervisor,
    pid: (service) => {
      const pid = running[service];
      if (pid === undefined) throw new Error(`${service} does not run; its log is in ${directory.processLogs}`);
      return pid;
    },
    startedAt: (service) => seen.get(service)?.at ?? 0,
    starts: (service) => seen.get(service)?.starts ?? 0,
  };
}

/** Builders of the pool that are free or assigned. */
export function buildersUp(installation: Pick<Installation, 'directory'>): number {
  const file = join(installation.directory.playground, 'pool', 'resources.json');
  const builders = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly state: string }[];
  return builders.filter(({ state }) => state === 'up').length;
}

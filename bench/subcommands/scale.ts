import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { machineChroot } from '../../playground/frontend/projects.js';
import type { Service } from '../../playground/start/supervisor.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import { countHeartbeatTimeouts } from '../figures/heartbeat-timeouts.js';
import { watchProcesses } from '../figures/processes.js';
import { rounded } from '../figures/statistics.js';
import { openInstallation, type Installation } from '../installation/installation.js';
import { seedFrontend, type SeededBuild } from '../installation/seeded-frontend.js';
import { until } from '../installation/wait.js';
import { crowdLine, type CrowdBuilder, type CrowdView } from '../stand-ins/crowd-log.js';
import { PACKAGE } from '../stand-ins/prepared-packages.js';
import type { BenchRun, Measured, Subcommand } from '../subcommand.js';
import { NO_LIMIT } from './no-limit.js';
import { numberOption } from './number-option.js';

/** From the last build's start until the measurement of the steady state begins. */
const SETTLE_MS = 5000;
/** A line that is not in the live log this long after it was written counts as missing. */
const ARRIVAL_SECONDS = 15;

type Options = { readonly running: number; readonly steadySeconds: number; readonly keep?: boolean };

/** Many builds at once, each with a log line a second. */
export const scaleSubcommand: Subcommand = {
  name: 'scale',
  description: 'builds that run at once, each writing a log line a second over ssh: memory, CPU, complete logs',
  options: (command) =>
    command
      .addOption(numberOption('--running <n>', 'how many builds', 1000))
      .addOption(numberOption('--steady-seconds <n>', 'how long the steady state is measured', 30)),
  run: (run, options) => measureScale(run, options as Options),
};

async function measureScale(run: BenchRun, options: Options): Promise<Measured> {
  const { running } = options;
  let builds: readonly SeededBuild[] = [];
  let poolUrl = '';
  const installation = await openInstallation(run, {
    ...{ builders: 1, packages: 1, programs: [], keep: options.keep === true },
    limits: {
      ...{ builds_max_workers: running, builds_max_workers_sandbox: NO_LIMIT, builds_max_workers_owner: NO_LIMIT },
    },
    prepare: (directory) => {
      builds = seedFrontend(directory, { builds: running, owners: 1, ask: true });
    },
    adapt: (services) => services.map((service) => (service.name === 'pool' ? crowd(service, running) : service)),
    buildsHidden: true,
  });
  poolUrl = installation.addresses.poolUrl;
  await until(run, installation, {
    what: "the project's key and repository",
    seconds: 120,
    isTrue: () => actionsDone(installation),
  });
  run.say(`${running} builds are offered`);
  const pids = { worker: installation.pid('worker'), temporal: installation.pid('temporal') };
  const memory = watchProcesses(pids);
  installation.tap.hideBuilds(false);
  let said = 0;
  await until(run, installation, {
    what: `all ${running} builds run and are followed`,
    seconds: 120 + running,
    everyMs: 500,
    isTrue: async () => {
      const { builders } = await look(poolUrl);
      const followed = builders.filter(({ followers }) => followers > 0).length;
      if (followed >= said + 100) run.say(`${(said = followed)} run`);
      return followed === running;
    },
  });
  const listed = Math.min(...builds.map(({ taskId }) => installation.tap.listedAt.get(taskId) ?? Number.NaN));
  const secondsToAllRunning = (Date.now() - listed) / 1000;
  await sleep(SETTLE_MS);
  run.say(`all run; measuring for ${options.steadySeconds} s`);
  const steady = watchProcesses(pids);
  await Promise.race([sleep(options.steadySeconds * 1000), installation.broken]);
  const worker = steady.usage('worker');
  const temporal = steady.usage('temporal');
  const cores = (seconds: number): number => seconds / options.steadySeconds;
  const allCores = cores(worker.own + worker.programs + temporal.own);
  steady.stop();
  memory.stop();
  const incomplete = await incompleteLogs(run, installation, builds);
  const { unknown } = await look(poolUrl);
  const heartbeatTimeouts = await countHeartbeatTimeouts(
    installation.client,
    builds.map(({ taskId }) => buildWorkflowId(taskId)),
  );
  return {
    figures: {
      workerRssMiB: Math.round(memory.peakMiB('worker')),
      cpuCores: rounded(allCores),
      secondsToAllRunning: rounded(secondsToAllRunning, 1),
      heartbeatTimeouts,
      logsIncomplete: incomplete.length,
    },
    notes: [
      `cores in the steady state: worker ${rounded(cores(worker.own))}, programs it ran ${rounded(cores(worker.programs))}, Temporal ${rounded(cores(temporal.own))}`,
      `Temporal's memory: ${Math.round(memory.peakMiB('temporal'))} MiB`,
    ],
    faults: [
      ...incomplete.slice(0, 5),
      ...[...new Set(unknown)].map((command) => `the builders of the bench do not know: ${command}`),
      ...(installation.starts('worker') > 1 ? ['the worker ended and was started again meanwhile'] : []),
    ],
    comparison: {
      rate: running / secondsToAllRunning,
      cpuSeconds: allCores / running,
      rssMiB: memory.peakMiB('worker'),
    },
  };
}

/** One process, which is pool and builders, replaces the pool. */
function crowd(pool: Service, count: number): Service {
  const value = (option: string): string => pool.args[pool.args.indexOf(option) + 1] ?? '';
  const program = fileURLToPath(new URL('../stand-ins/crowd.js', import.meta.url));
  return {
    ...pool,
    args: [
      ...[program, '--count', String(count), '--port', value('--port'), '--state', value('--state')],
      ...['--authorized-keys', value('--authorized-keys')],
    ],
  };
}

async function look(poolUrl: string, method = 'GET'): Promise<CrowdView> {
  return (await (await fetch(`${poolUrl}/bench`, { method })).json()) as CrowdView;
}

async function actionsDone(installation: Installation): Promise<boolean> {
  const answer = await fetch(`${installation.addresses.frontendUrl}/api/actions`);
  const actions = (await answer.json()) as readonly { readonly result: number }[];
  return actions.every(({ result }) => result === 1);
}

/** The builders stop writing; then each live log must equal its builder's log, byte for byte. */
async function incompleteLogs(
  run: BenchRun,
  installation: Installation,
  builds: readonly SeededBuild[],
): Promise<readonly string[]> {
  const { builders } = await look(installation.addresses.poolUrl, 'POST');
  const byTask = new Map(builders.map((builder) => [builder.taskUrl?.split('/').at(-1), builder]));
  const wrong = (): readonly string[] =>
    builds.flatMap((build) => {
      const builder = byTask.get(build.taskId);
      if (builder === undefined) return [`${build.taskId} runs nowhere`];
      return liveLog(installation, build) === wholeLog(builder) ? [] : [`${build.taskId}: its live log is not whole`];
    });
  await until(run, installation, {
    ...{ what: 'all logs are whole', seconds: ARRIVAL_SECONDS, everyMs: 1000 },
    isTrue: () => wrong().length === 0,
  }).catch(() => run.signal.throwIfAborted());
  return wrong();
}

function wholeLog({ name, taskUrl, lines }: CrowdBuilder): string {
  return Array.from({ length: lines }, (_, number) => crowdLine(name, taskUrl ?? '', number)).join('');
}

function liveLog(installation: Installation, { owner, id }: SeededBuild): string {
  const build = targetDirectory({ buildId: id, packageName: PACKAGE });
  const directory = join(installation.directory.results, owner, 'packages', machineChroot(), build);
  try {
    return readFileSync(join(directory, 'builder-live.log'), 'utf8');
  } catch {
    return '';
  }
}

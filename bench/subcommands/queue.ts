import { buildWorkflowId } from '../../src/contracts/ids.js';
import { machineArch } from '../../playground/loopback/machine-arch.js';
import type { Service } from '../../playground/start/supervisor.js';
import { findStarved, findViolations, taskSpans } from '../figures/admissions.js';
import { watchProcesses } from '../figures/processes.js';
import { rounded } from '../figures/statistics.js';
import { openInstallation, type Installation } from '../installation/installation.js';
import { seedFrontend, type SeededBuild } from '../installation/seeded-frontend.js';
import { until } from '../installation/wait.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun, Measured, Subcommand } from '../subcommand.js';
import { numberOption } from './number-option.js';

/** The roles of an installation with several hosts, so that the poller's memory is its own. */
const ROLES = ['poller', 'build', 'storage'] as const;
const PER_OWNER = 2;

type Options = {
  readonly waiting: number;
  readonly owners: number;
  readonly workers: number;
  readonly seconds: number;
  readonly keep?: boolean;
};

/** A long queue of many owners, and what is admitted of it. */
export const queueSubcommand: Subcommand = {
  name: 'queue',
  description: 'a long queue of many owners, listed by one poll: how soon builds are admitted, whether limits hold',
  options: (command) =>
    command
      .addOption(numberOption('--waiting <n>', 'tasks that wait', 10_000))
      .addOption(numberOption('--owners <n>', 'whose tasks they are', 500))
      .addOption(numberOption('--workers <n>', 'builders, and builds at a time', 20))
      .addOption(numberOption('--seconds <n>', 'how long the queue is watched', 60)),
  run: (run, options) => measureQueue(run, options as Options),
};

async function measureQueue(run: BenchRun, options: Options): Promise<Measured> {
  let builds: readonly SeededBuild[] = [];
  const limits = {
    ...{ builds_max_workers: options.workers, builds_max_workers_owner: PER_OWNER, builds_max_workers_sandbox: 1 },
  };
  const installation = await openInstallation(run, {
    ...{ builders: options.workers, packages: 1, programs: [], keep: options.keep === true, buildsHidden: true },
    limits: { ...limits, builds_max_workers_arch_per_owner: `${machineArch()}=${PER_OWNER}` },
    prepare: (directory) => {
      run.say(`writing ${options.waiting} tasks of ${options.owners} owners into the frontend's state`);
      builds = seedFrontend(directory, { builds: options.waiting, owners: options.owners, ask: false });
    },
    adapt: (services) =>
      services.flatMap((service) => (service.name === 'worker' ? ROLES.map(role(service)) : [service])),
  });
  await until(run, installation, {
    what: 'the poller asks for tasks',
    seconds: 60,
    isTrue: () => installation.tap.lists() > 0,
  });
  const memory = watchProcesses({ poller: installation.pid('worker-poller') });
  installation.tap.hideBuilds(false);
  run.say(`${options.waiting} tasks are offered; watching for ${options.seconds} s`);
  await until(run, installation, {
    what: 'the first builds have started',
    seconds: 120,
    isTrue: () => taskSpans(installation.tap).length >= Math.min(options.workers, options.waiting),
  });
  await Promise.race([sleep(options.seconds * 1000), installation.broken]);
  run.signal.throwIfAborted();
  const pollerRssMiB = memory.peakMiB('poller');
  memory.stop();
  const spans = taskSpans(installation.tap);
  const ownerOf = new Map(builds.map(({ taskId, owner }) => [taskId, owner]));
  const violations = findViolations(spans, (taskId) => [
    { limit: 'workers', of: options.workers },
    { limit: `owner ${ownerOf.get(taskId) ?? ''}`, of: PER_OWNER },
    // One project and submitter for each owner, hence one sandbox.
    { limit: `sandbox of ${ownerOf.get(taskId) ?? ''}`, of: limits.builds_max_workers_sandbox },
  ]);
  const starved = findStarved(spans, builds);
  const failed = installation.tap.reports.filter(({ status }) => status === 0).length;
  return {
    figures: {
      admitSeconds: rounded(await admitSeconds(installation, builds, options)),
      pollerRssMiB: Math.round(pollerRssMiB),
      limitViolations: violations.length,
      starved: starved.length,
    },
    notes: [`${spans.length} builds were admitted, ${spans.filter(({ ended }) => ended !== null).length} have ended`],
    faults: [
      ...violations.slice(0, 5),
      ...starved.slice(0, 5).map((owner) => `${owner} was starved`),
      ...(failed > 0 ? [`${failed} builds failed`] : []),
    ],
  };
}

/** From the last byte of the list until the workflow of the last of the first batch had been started. */
async function admitSeconds(
  installation: Installation,
  builds: readonly SeededBuild[],
  { workers }: Options,
): Promise<number> {
  const listed = Math.min(
    ...builds.map(({ taskId }) => installation.tap.listedAt.get(taskId) ?? Number.POSITIVE_INFINITY),
  );
  const started: number[] = [];
  for (const { taskId } of taskSpans(installation.tap)) {
    const { startTime } = await installation.client.workflow.getHandle(buildWorkflowId(taskId)).describe();
    started.push(startTime.getTime());
  }
  const batch = started.sort((a, b) => a - b).slice(0, workers);
  return (Math.max(...batch) - listed) / 1000;
}

/** The planned `worker all` as a worker of one role. */
function role(worker: Service): (name: (typeof ROLES)[number]) => Service {
  return (name) => ({
    ...worker,
    name: `worker-${name}`,
    args: worker.args.map((word) => (word === 'all' ? name : word)),
  });
}

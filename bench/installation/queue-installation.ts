import { machineArch } from '../../playground/loopback/machine-arch.js';
import { watchProcesses, type Watch } from '../figures/processes.js';
import type { BenchRun } from '../subcommand.js';
import { buildersUp, openInstallation, type Installation } from './installation.js';
import { seedFrontend, type SeededBuild } from './seeded-frontend.js';
import { until } from './wait.js';
import { workerOfRole } from './worker-of-role.js';

/** The roles of an installation with several hosts, so that the poller's memory is measured separately. */
const ROLES = ['poller', 'build', 'storage'] as const;
const OF_AN_OWNER = 2;
/** One project and submitter for each owner, hence one sandbox each. */
const OF_A_SANDBOX = 1;

/** A long hidden queue, and a backend that polls for it. */
export type QueueInstallation = {
  readonly installation: Installation;
  readonly builds: readonly SeededBuild[];
  /** Every limit that counts a task, for findViolations. */
  readonly limitsOf: (taskId: string) => readonly { readonly limit: string; readonly of: number }[];
  /** The processes of the backend and Temporal, by the names of `ROLES` and `temporal`. */
  readonly watch: () => Watch;
};

/**
 * Starts a playground whose frontend has this many tasks, spread over the owners in turn, and waits for the first poll.
 */
export async function openQueue(
  run: BenchRun,
  wanted: {
    readonly waiting: number;
    readonly owners: number;
    /** builds_max_workers. */
    readonly workers: number;
    readonly builders: number;
    readonly keep: boolean;
  },
): Promise<QueueInstallation> {
  const { waiting, owners, workers } = wanted;
  let builds: readonly SeededBuild[] = [];
  const installation = await openInstallation(run, {
    ...{ builders: wanted.builders, packages: 1, programs: [], keep: wanted.keep, buildsHidden: true },
    limits: {
      ...{ builds_max_workers: workers, builds_max_workers_owner: OF_AN_OWNER },
      builds_max_workers_sandbox: OF_A_SANDBOX,
      builds_max_workers_arch_per_owner: `${machineArch()}=${OF_AN_OWNER}`,
    },
    prepare: (directory) => {
      run.say(`writing ${waiting} tasks of ${owners} owners into the frontend's state`);
      builds = seedFrontend(directory, { builds: waiting, owners, ask: false });
    },
    adapt: (services) =>
      services.flatMap((service) =>
        service.name === 'worker' ? ROLES.map((role) => workerOfRole(service, role)) : [service],
      ),
  });
  await until(run, installation, {
    ...{ what: 'the poller asks for tasks, and all builders are up', seconds: 120 },
    isTrue: () => installation.tap.lists() > 0 && buildersUp(installation) === wanted.builders,
  });
  const ownerOf = new Map(builds.map(({ taskId, owner }) => [taskId, owner]));
  return {
    ...{ installation, builds },
    limitsOf: (taskId) => [
      { limit: 'workers', of: workers },
      { limit: `owner ${ownerOf.get(taskId) ?? ''}`, of: OF_AN_OWNER },
      { limit: `sandbox of ${ownerOf.get(taskId) ?? ''}`, of: OF_A_SANDBOX },
    ],
    watch: () =>
      watchProcesses({
        ...Object.fromEntries(ROLES.map((name) => [name, installation.pid(`worker-${name}`)])),
        temporal: installation.pid('temporal'),
      }),
  };
}

/** CPU seconds of the backend's processes, of the programs they ran and of Temporal. */
export function queueSeconds(watch: Watch): number {
  const workers = ROLES.map((name) => watch.usage(name)).reduce((sum, { own, programs }) => sum + own + programs, 0);
  return workers + watch.usage('temporal').own;
}

import { join } from 'node:path';
import { openInstallation } from '../../bench/installation/installation.js';
import { until } from '../../bench/installation/wait.js';
import type { BenchRun } from '../../bench/subcommand.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { ROLE_QUEUES } from '../../src/domain/service/roles.js';
import type { DeploymentReport } from '../../src/starters/deployment.js';
import { withCompiledBuilders } from '../storm/compiled-builders.js';
import { packagesNeeded, seedStorm, type Seeded } from '../storm/seed.js';
import type { Scene } from '../storm/storm.js';
import type { StormBuild } from '../storm/storm-build.js';
import { makeNextVersion } from './next-version.js';
import type { UpgradeSize } from './size.js';
import { startVersion, type VersionProcess } from './version-process.js';

const LOOK_MS = 300;
const COMMAND_MS = 600_000;
const OWNERS = 2;
/** Task queues with workers of a version: those of activities, and the one of workflows. */
const QUEUES = ROLE_QUEUES.all.length + 1;

/** A version of the product: where it is, its build id, and its workers. */
export type Version = { readonly directory: string; readonly build: string; readonly workers: VersionProcess };

/** A whole installation whose workers are versions. */
export type UpgradeScene = Scene & {
  readonly old: Version;
  /** Makes the next version and starts its workers; nothing begins on them yet. */
  readonly startNext: () => Promise<Version>;
  /** Submits builds, in turn to all repositories. */
  readonly submit: (count: number) => Promise<readonly StormBuild[]>;
  /** Resolves when all of these are what is wanted, in the frontend's words. */
  readonly untilAll: (builds: readonly StormBuild[], state: 'running' | 'succeeded') => Promise<void>;
  /** `copr-backend deploy …` of the next version; throws if it refuses. */
  readonly deploy: (...words: readonly string[]) => Promise<string>;
};

/** An installation with worker versioning; each of its repositories has been published once. */
export async function openUpgradeScene(
  run: BenchRun,
  { size, keep }: { readonly size: UpgradeSize; readonly keep: boolean },
): Promise<UpgradeScene> {
  const { long, ramp, longOnNew, short, spare, repositories, patience } = size;
  const atOnce = long + longOnNew + spare;
  const total = { builds: repositories + long + ramp + longOnNew + 4 * short };
  const prepared: Seeded[] = [];
  const installation = await openInstallation(run, {
    ...{ builders: atOnce, packages: packagesNeeded(total), programs: [], keep },
    limits: {
      ...{ builds_max_workers: atOnce, builds_max_workers_owner: atOnce, builds_max_workers_sandbox: atOnce },
      worker_versioning: 'true',
    },
    adapt: (services) =>
      services.filter(({ name }) => name !== 'worker').map((service) => withCompiledBuilders(service, run.root)),
    prepare: (directory) => {
      prepared.push(seedStorm(directory, { repositories, owners: OWNERS, hot: 1, seeded: repositories }));
    },
  });
  const [seeded] = prepared;
  if (seeded === undefined) throw new Error('the frontend was not seeded');
  const { frontend, directory } = installation;
  const { configFile, processLogs, root: data } = directory;
  const builds = new Map<number, StormBuild>();
  const add = (id: number, repository: StormBuild['repository']): StormBuild => {
    const build: StormBuild = { id, repository, script: 'succeeds', hasSources: false, canceledIn: null };
    builds.set(id, build);
    return build;
  };
  const first = seeded.builds.map(({ id, repository }) => add(id, repository));
  const nextDirectory = join(data, 'next');

  const start = async (version: string, name: string): Promise<VersionProcess> => {
    const logFile = join(processLogs, `worker-${name}.log`);
    const workers = await startVersion({ version, configFile, logFile });
    run.defer(workers.kill);
    return workers;
  };
  const deployOf =
    (version: string) =>
    async (...words: readonly string[]): Promise<string> => {
      const program = join(version, 'bin/copr-backend.mjs');
      const args = [program, 'deploy', ...words, '--config', configFile];
      const { code, stdout, stderr } = await runCommand(process.execPath, args, { timeoutMs: COMMAND_MS });
      if (code !== 0) throw new Error(`deploy ${words.join(' ')}: exit status ${code}: ${stderr}`);
      return stdout;
    };
  /** The build that has workers at each of these queues but is none of `others`. */
  const untilServed = async (others: readonly string[]): Promise<string> => {
    let found = '';
    await until(run, installation, {
      what: 'Temporal knows the workers of a version at all their queues',
      ...{ seconds: patience, everyMs: LOOK_MS },
      isTrue: async () => {
        const text = await deployOf(run.root)('status', '--json').catch(() => null);
        if (text === null) return false;
        const { versions } = JSON.parse(text) as DeploymentReport;
        const version = versions.find(({ build }) => !others.includes(build));
        const served = version?.workers.filter(({ workers }) => workers > 0).length ?? 0;
        found = version?.build ?? '';
        return served >= QUEUES;
      },
    });
    return found;
  };

  const untilAll: UpgradeScene['untilAll'] = (wanted, state) =>
    until(run, installation, {
      what: `${wanted.length} builds are ${state}`,
      ...{ seconds: patience, everyMs: LOOK_MS },
      isTrue: async () => {
        const ids = new Set(wanted.map(({ id }) => id));
        const views = (await frontend.builds()).filter(({ id }) => ids.has(id));
        return views.length === ids.size && views.every((view) => Object.values(view.chrootStates)[0] === state);
      },
    });

  run.say('starting the workers of the old version');
  const workers = await start(run.root, 'old');
  const old: Version = { directory: run.root, build: await untilServed([]), workers };
  await untilAll(first, 'succeeded');
  return {
    ...{ installation, size: total, seeded, builds, frontendUrl: installation.addresses.frontendUrl },
    ...{ refusedCancels: new Set<string>(), refusedForEver: null, old, untilAll, deploy: deployOf(nextDirectory) },
    startNext: async () => {
      await makeNextVersion(run.root, nextDirectory);
      const next = await start(nextDirectory, 'next');
      return { directory: nextDirectory, build: await untilServed([old.build]), workers: next };
    },
    submit: async (count) => {
      const submitted: StormBuild[] = [];
      for (let n = 0; n < count; n += 1) {
        run.signal.throwIfAborted();
        const former = seeded.builds[n % seeded.builds.length];
        if (former === undefined) throw new Error('there is nothing to build again');
        const { id } = await frontend.rebuild(String(former.id));
        submitted.push(add(id, former.repository));
      }
      return submitted;
    },
  };
}

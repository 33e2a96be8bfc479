import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { machineChroot } from '../../playground/frontend/projects.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { buildTimes, endedTasks, readJournal, SUCCEEDED, type BuildTimes } from '../figures/build-times.js';
import { largestHistories } from '../figures/histories.js';
import { watchProcesses, type Watch } from '../figures/processes.js';
import { resultsFaults } from '../figures/results-faults.js';
import { quantile, rounded } from '../figures/statistics.js';
import { buildersUp, openInstallation, type Installation } from '../installation/installation.js';
import { until } from '../installation/wait.js';
import { PROJECT, warmUp } from '../installation/warm-up.js';
import type { BenchRun, Measured, Subcommand } from '../subcommand.js';
import { NO_LIMIT } from './no-limit.js';
import { numberOption } from './number-option.js';

const SECONDS_PER_BUILD = 20;

type Options = {
  readonly count: number;
  readonly workers: number;
  readonly buildSeconds: number;
  readonly workerVersions?: boolean;
  readonly keep?: boolean;
};
type Submitted = { readonly id: number; readonly taskId: string };

/** Many RPM builds of one project and chroot, listed at once. */
export const buildsSubcommand: Subcommand = {
  name: 'builds',
  description: 'RPM builds of one project and chroot, all listed by one poll: how many a minute, at what cost',
  options: (command) =>
    command
      .addOption(numberOption('--count <n>', 'how many builds', 200))
      .addOption(numberOption('--workers <n>', 'builders, and builds at a time', 16))
      .addOption(numberOption('--build-seconds <n>', 'how long copr-rpmbuild takes', 0, 0))
      .option('--worker-versions', 'workers of this checkout are versions of a deployment; of the other one, never'),
  run: (run, options) => measureBuilds(run, options as Options),
};

async function measureBuilds(run: BenchRun, options: Options): Promise<Measured> {
  const { count, workers } = options;
  const limits = {
    ...{ builds_max_workers: workers, builds_max_workers_sandbox: NO_LIMIT, builds_max_workers_owner: NO_LIMIT },
    ...(options.workerVersions === true && run.product === run.root ? { worker_versioning: 'true' } : {}),
  };
  const installation = await openInstallation(run, {
    ...{ builders: workers, limits, packages: count, programs: ['createrepo_c'], keep: options.keep === true },
  });
  const first = await warmUp(run, installation);
  await until(run, installation, {
    what: 'all builders are up',
    seconds: 120,
    isTrue: () => buildersUp(installation) === workers,
  });
  installation.setBuildSeconds(options.buildSeconds);
  const { tap, programs } = installation;
  tap.hideBuilds(true);
  const builds: Submitted[] = [];
  while (builds.length < count) {
    run.signal.throwIfAborted();
    const { id } = await installation.frontend.rebuild(String(first));
    builds.push({ id, taskId: `${id}-${machineChroot()}` });
  }
  // A pause, so that the remaining work of submitting is not measured and the first poll afterwards lists all builds.
  await sleep(2000);
  run.say(`${count} build${count === 1 ? '' : 's'} submitted; measuring`);
  const runsBefore = programs.runs('createrepo_c');
  const pids = { worker: installation.pid('worker'), temporal: installation.pid('temporal') };
  const watch = watchProcesses(pids);
  tap.hideBuilds(false);
  let said = 0;
  await until(run, installation, {
    what: `all ${count} builds have ended`,
    seconds: 60 + (count * SECONDS_PER_BUILD) / Math.min(workers, 4) + (count / workers) * options.buildSeconds,
    everyMs: 20,
    isTrue: () => {
      const done = endedTasks(tap);
      const ended = builds.filter(({ taskId }) => done.has(taskId)).length;
      if (ended >= said + 25) run.say(`${(said = ended)} of ${count} have ended`);
      return ended === count;
    },
  });
  const usage = usageOf(watch);
  watch.stop();
  const createrepoRuns = programs.runs('createrepo_c') - runsBefore;
  const times = buildTimes(
    tap,
    await journalOf(run, installation, builds),
    builds.map(({ taskId }) => taskId),
  );
  const histories = await largestHistories(
    installation.client,
    builds.map(({ taskId }) => buildWorkflowId(taskId)),
  );
  const overheads = times.map((time) => overheadSeconds(time, count));
  const refills = refillSeconds(times, workers);
  return {
    figures: {
      buildsPerMinute: rounded((count / lengthSeconds(times)) * 60, 1),
      overheadSecondsMedian: rounded(quantile(overheads, 0.5)),
      overheadSecondsP95: rounded(quantile(overheads, 0.95)),
      cpuSecondsPerBuild: rounded(usage.all / count, 3),
      createrepoRuns,
      historyEventsMax: histories.events,
      historyBytesMax: histories.bytes,
      activitiesMax: histories.activities,
      workerRssMiB: Math.round(watch.peakMiB('worker')),
      temporalRssMiB: Math.round(watch.peakMiB('temporal')),
    },
    notes: [
      `${count} builds in ${rounded(lengthSeconds(times), 1)} s, ${workers} at a time, copr-rpmbuild itself ${rounded(
        quantile(
          times.map(({ ownMs }) => ownMs / 1000),
          0.5,
        ),
      )} s (median)`,
      ...(refills.length === 0
        ? []
        : [
            `a freed slot was taken after ${rounded(quantile(refills, 0.5))} s (median), ${rounded(Math.max(...refills))} s (longest)`,
          ]),
      `CPU s per build: worker ${rounded(usage.worker / count, 3)}, programs it ran ${rounded(usage.programs / count, 3)}, Temporal ${rounded(usage.temporal / count, 3)}`,
    ],
    faults: [...(await faultsOf(installation, builds, times, count)), ...restarts(installation)],
    comparison: {
      rate: count / lengthSeconds(times),
      cpuSeconds: usage.all / count,
      rssMiB: watch.peakMiB('worker'),
    },
  };
}

/**
 * The overhead as defined in the README: for a single build everything from the list on, for one among many from its
 * start on.
 */
function overheadSeconds(time: BuildTimes, count: number): number {
  const from = count === 1 ? time.listed : time.started;
  return (time.ended - from - time.ownMs) / 1000;
}

/** From the report that ends a build to the next one's permission to start: the n-th end makes room for it. */
function refillSeconds(times: readonly BuildTimes[], workers: number): readonly number[] {
  const ends = times.map(({ ended }) => ended).sort((one, other) => one - other);
  const starts = times.map(({ started }) => started).sort((one, other) => one - other);
  return starts.slice(workers).map((start, index) => (start - (ends[index] ?? start)) / 1000);
}

function lengthSeconds(times: readonly BuildTimes[]): number {
  return (Math.max(...times.map(({ ended }) => ended)) - Math.min(...times.map(({ listed }) => listed))) / 1000;
}

function usageOf(watch: Watch): Record<'worker' | 'programs' | 'temporal' | 'all', number> {
  const { own: worker, programs } = watch.usage('worker');
  const { own: temporal } = watch.usage('temporal');
  return { worker, programs, temporal, all: worker + programs + temporal };
}

/** A builder records the end of its build a moment after the build's log has ended. */
async function journalOf(
  run: BenchRun,
  installation: Installation,
  builds: readonly Submitted[],
): Promise<ReturnType<typeof readJournal>> {
  let journal = readJournal(installation.directory.playground);
  await until(run, installation, {
    what: "the end of each build in the builders' journal",
    seconds: 30,
    isTrue: () => {
      journal = readJournal(installation.directory.playground);
      return builds.every(({ taskId }) => !Number.isNaN(journal.get(taskId)?.end ?? Number.NaN));
    },
  });
  return journal;
}

async function faultsOf(
  installation: Installation,
  builds: readonly Submitted[],
  times: readonly BuildTimes[],
  packages: number,
): Promise<readonly string[]> {
  const failed = times
    .filter(({ status }) => status !== SUCCEEDED)
    .map(({ taskId, status }) => `${taskId} ended with status ${status}`);
  if (failed.length > 0) return failed;
  const { directory } = installation;
  return resultsFaults({
    chrootDirectory: join(directory.results, PROJECT.owner, PROJECT.project, machineChroot()),
    poolDirectory: join(directory.playground, 'pool'),
    ...{ builds, packages },
  });
}

function restarts(installation: Installation): readonly string[] {
  return ['temporal', 'frontend', 'pool', 'worker']
    .filter((name) => installation.starts(name) > 1)
    .map((name) => `${name} ended and was started again meanwhile`);
}

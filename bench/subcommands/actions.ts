import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { machineChroot } from '../../playground/frontend/projects.js';
import { actionWorkflowId, repositoryWorkflowId } from '../../src/contracts/names/ids.js';
import { changesQuery } from '../../src/contracts/messages.js';
import { largestHistories } from '../figures/histories.js';
import { watchProcesses } from '../figures/processes.js';
import { rounded } from '../figures/statistics.js';
import { openInstallation, type Installation } from '../installation/installation.js';
import { seedProject } from '../installation/seeded-project.js';
import { until } from '../installation/wait.js';
import { PROJECT } from '../installation/warm-up.js';
import type { BenchRun, Measured, Subcommand } from '../subcommand.js';
import { numberOption } from './number-option.js';

/** The frontend's result of a successful action (docs/neighbours/frontend.md#numbers). */
const SUCCESS = 1;
/** A noarch package and the source package. */
const PACKAGES_OF_A_BUILD = 2;

type Options = { readonly deletes: number; readonly workers: number; readonly keep?: boolean };

/** Many deletes of single builds of one project, listed at once. */
export const actionsSubcommand: Subcommand = {
  name: 'actions',
  description: 'deletes of builds of one project and chroot, all listed by one poll: how long, and how many runs',
  options: (command) =>
    command
      .addOption(numberOption('--deletes <n>', 'how many builds the project has, each deleted by an action', 200))
      .addOption(numberOption('--workers <n>', 'actions at a time (actions_max_workers)', 10)),
  run: (run, options) => measureActions(run, options as Options),
};

async function measureActions(run: BenchRun, options: Options): Promise<Measured> {
  const { deletes } = options;
  let builds: readonly number[] = [];
  const installation = await openInstallation(run, {
    ...{ builders: 1, packages: deletes, programs: ['createrepo_c'], keep: options.keep === true },
    limits: { actions_max_workers: options.workers },
    prepare: (directory) => {
      run.say(`writing ${deletes} builds into the frontend's state and the results tree`);
      builds = seedProject(directory, deletes);
    },
  });
  const { tap, programs, frontend } = installation;
  await until(run, installation, {
    what: `metadata that names ${deletes} builds, and a key`,
    seconds: 300,
    isTrue: () => tap.actionReports.size >= 2 && packagesNamed(installation) === deletes * PACKAGES_OF_A_BUILD,
  });
  tap.hideActions(true);
  const asked: number[] = [];
  for (const id of builds) {
    run.signal.throwIfAborted();
    for (const action of await frontend.act('POST', 'builds/delete', { ids: [id] })) asked.push(action.id);
  }
  run.say(`${deletes} deletes are asked for; measuring`);
  const before = { runs: programs.runs('createrepo_c'), publications: await publications(installation) };
  const watch = watchProcesses({ worker: installation.pid('worker'), temporal: installation.pid('temporal') });
  tap.hideActions(false);
  let said = 0;
  await until(run, installation, {
    what: `all ${deletes} actions are reported`,
    seconds: 60 + deletes * 5,
    everyMs: 20,
    isTrue: () => {
      const ended = asked.filter((id) => tap.actionReports.has(id)).length;
      if (ended >= said + 25) run.say(`${(said = ended)} of ${deletes} are reported`);
      return ended === deletes;
    },
  });
  const { own: worker, programs: ran } = watch.usage('worker');
  const { own: temporal } = watch.usage('temporal');
  watch.stop();
  const after = await publications(installation);
  const left = packagesNamed(installation);
  const reports = asked.map((id) => tap.actionReports.get(id));
  const histories = await largestHistories(installation.client, asked.map(actionWorkflowId));
  const listed = Math.min(...asked.map((id) => tap.listedAt.get(`action/${id}`) ?? Number.POSITIVE_INFINITY));
  const ended = Math.max(...reports.map((report) => report?.answeredAt ?? Number.POSITIVE_INFINITY));
  const seconds = (ended - listed) / 1000;
  const cpuSeconds = (worker + ran + temporal) / deletes;
  return {
    figures: {
      seconds: rounded(seconds, 1),
      createrepoRuns: programs.runs('createrepo_c') - before.runs,
      publications: after.runs - (after.runId === before.publications.runId ? before.publications.runs : 0),
      cpuSecondsPerDelete: rounded(cpuSeconds, 3),
      historyEventsMax: histories.events,
      historyBytesMax: histories.bytes,
    },
    notes: [
      `${deletes} deletes, ${options.workers} at a time; CPU s each: worker ${rounded(worker / deletes, 3)}, programs it ran ${rounded(ran / deletes, 3)}, Temporal ${rounded(temporal / deletes, 3)}`,
    ],
    faults: [
      ...(left === 0 ? [] : [`the metadata still names ${left} packages`]),
      ...asked
        .filter((id) => tap.actionReports.get(id)?.result !== SUCCESS)
        .slice(0, 5)
        .map((id) => `action ${id} was reported with ${tap.actionReports.get(id)?.result ?? 'nothing'}`),
    ],
    comparison: { rate: deletes / seconds, cpuSeconds, rssMiB: watch.peakMiB('worker') },
  };
}

function repository(): { readonly owner: string; readonly dirname: string; readonly chroot: string } {
  return { owner: PROJECT.owner, dirname: PROJECT.project, chroot: machineChroot() };
}

/** Number of packages that clients see; NaN while there is no metadata. */
function packagesNamed({ directory }: Installation): number {
  const { owner, dirname, chroot } = repository();
  const path = join(directory.results, owner, dirname, chroot);
  try {
    const repomd = readFileSync(join(path, 'repodata', 'repomd.xml'), 'utf8');
    const primary = /"(repodata\/[^"]*primary\.xml\.gz)"/.exec(repomd)?.[1] ?? '';
    const head = gunzipSync(readFileSync(join(path, primary))).toString('utf8');
    return Number(/ packages="(\d+)"/.exec(head)?.[1] ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}

/**
 * How often the repository's metadata was made, as counted by its workflow, which may have continued as new meanwhile.
 */
async function publications({ client }: Installation): Promise<{ readonly runId: string; readonly runs: number }> {
  const handle = client.workflow.getHandle(repositoryWorkflowId(repository()));
  const { runId } = await handle.describe();
  return { runId, runs: (await handle.query(changesQuery)).runs };
}

import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { machineChroot } from '../../playground/frontend/projects.js';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import { SOURCE_CHROOT } from '../../src/contracts/build/build.js';
import { actionWorkflowId } from '../../src/contracts/names/ids.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import { largestHistories } from '../figures/histories.js';
import { watchProcesses } from '../figures/processes.js';
import { rounded } from '../figures/statistics.js';
import { openInstallation, type Installation } from '../installation/installation.js';
import { seedProject } from '../installation/seeded-project.js';
import { until } from '../installation/wait.js';
import { PROJECT } from '../installation/warm-up.js';
import { PACKAGE } from '../stand-ins/prepared-packages.js';
import type { BenchRun, Measured, Subcommand } from '../subcommand.js';
import { numberOption } from './number-option.js';

const SUCCESS = 1;
const FORK = { owner: 'bench-fork', project: 'copy' };
/** Builds of the copy are numbered after all others. */
const RENUMBERED = 1_000_000;

type Options = { readonly builds: number; readonly keep?: boolean };

/** A fork of a project, compared with only signing the packages that it copies. */
export const forkSubcommand: Subcommand = {
  name: 'fork',
  description: 'one project forked: how long, against the time of signing its packages alone',
  options: (command) => command.addOption(numberOption('--builds <n>', 'how many builds the project has', 500)),
  run: (run, options) => measureFork(run, options as Options),
};

async function measureFork(run: BenchRun, options: Options): Promise<Measured> {
  let builds: readonly number[] = [];
  const installation = await openInstallation(run, {
    ...{ builders: 1, packages: options.builds, programs: [], keep: options.keep === true, limits: {} },
    prepare: (directory) => {
      run.say(`writing ${options.builds} builds into the frontend's state and the results tree`);
      builds = seedProject(directory, options.builds);
    },
  });
  const { tap, frontend } = installation;
  await until(run, installation, {
    ...{ what: 'the metadata and the key of the project', seconds: 300 },
    isTrue: () => tap.actionReports.size >= 2,
  });
  tap.hideActions(true);
  const [action] = await frontend.act('POST', 'actions', forkOf(builds));
  if (action === undefined) throw new Error('the frontend took no action');
  run.say('the fork is asked for; measuring');
  const watch = watchProcesses({ worker: installation.pid('worker') });
  tap.hideActions(false);
  await until(run, installation, {
    ...{ what: 'the fork is reported', seconds: 60 + options.builds, everyMs: 20 },
    isTrue: () => tap.actionReports.has(action.id),
  });
  const { own, programs } = watch.usage('worker');
  watch.stop();
  const report = tap.actionReports.get(action.id);
  const seconds = ((report?.answeredAt ?? Number.NaN) - (tap.listedAt.get(`action/${action.id}`) ?? Number.NaN)) / 1000;
  run.say(`forked in ${seconds.toFixed(1)} s; signing alone`);
  const alone = await signAlone(run, installation);
  const copied = (await rpmsBelow(installation, FORK)).length;
  const histories = await largestHistories(installation.client, [actionWorkflowId(action.id)]);
  return {
    figures: {
      seconds: rounded(seconds, 1),
      signingSeconds: rounded(alone.seconds, 1),
      ratio: rounded(seconds / alone.seconds, 2),
      packages: copied,
      historyEvents: histories.events,
      historyBytes: histories.bytes,
    },
    notes: [`CPU s: worker ${rounded(own, 1)}, programs it ran ${rounded(programs, 1)}`],
    faults: [
      ...(report?.result === SUCCESS ? [] : [`the fork was reported with ${report?.result ?? 'nothing'}`]),
      ...(copied === alone.packages ? [] : [`${copied} packages were copied, of ${alone.packages}`]),
    ],
    comparison: {
      rate: copied / seconds,
      cpuSeconds: (own + programs) / copied,
      rssMiB: watch.peakMiB('worker'),
    },
  };
}

/** The record of a fork (docs/neighbours/frontend.md#copies). */
function forkOf(builds: readonly number[]): object {
  const pairs = (packageName: string | null): Record<string, string> =>
    Object.fromEntries(
      builds.map((id) => [
        targetDirectory({ buildId: id, packageName }),
        targetDirectory({ buildId: id + RENUMBERED, packageName }),
      ]),
    );
  const map = { [machineChroot()]: pairs(PACKAGE), [SOURCE_CHROOT]: pairs(null) };
  return {
    ...{ action_type: 7, object_type: 'copr', old_value: `${PROJECT.owner}/${PROJECT.project}` },
    new_value: `${FORK.owner}/${FORK.project}`,
    data: JSON.stringify({ user: FORK.owner, copr: FORK.project, storage: 0, builds_map: map }),
  };
}

/** Signs all packages of the source, in copies that already exist, with one request to the signer. */
async function signAlone(
  run: BenchRun,
  installation: Installation,
): Promise<{ readonly seconds: number; readonly packages: number }> {
  const { root } = installation.directory;
  const directory = join(root, 'alone');
  await mkdir(directory);
  const sources = await rpmsBelow(installation, PROJECT);
  const files = await Promise.all(
    sources.map(async (source, index) => {
      const file = join(directory, `${index}.rpm`);
      await cp(source, file);
      return file;
    }),
  );
  const signer = createGpgSigner({ home: join(root, 'alone-keys'), signDomain: 'bench.example' });
  run.defer(() => signer.close());
  await signer.ensureKey(FORK);
  const began = performance.now();
  await signer.sign({ project: FORK, digest: 'sha256', files, signal: run.signal });
  return { seconds: (performance.now() - began) / 1000, packages: files.length };
}

async function rpmsBelow(
  { directory }: Installation,
  { owner, project }: { readonly owner: string; readonly project: string },
): Promise<readonly string[]> {
  const root = join(directory.results, owner, project);
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => name.endsWith('.rpm')).map((name) => join(root, name));
}

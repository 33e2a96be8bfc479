import { Command, Option } from 'commander';
import { openPulpStorage } from '../../adapters/pulp-store/open-storage.js';
import { createPrunableTree } from '../../adapters/repository-store/survey/prunable-tree.js';
import type { Config } from '../../config/schema.js';
import type { ProjectId } from '../../contracts/names/ids.js';
import type { StorageMoveStatus } from '../../contracts/project/storage-move.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { plainJson } from '../../domain/plain-text.js';
import { PortFailure } from '../../ports/port-failure.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { readConfig, requireConfigFile, settingsOf } from '../../starters/settings.js';
import { StarterFailure } from '../../starters/starter-failure.js';
import { askRun, pauseRun } from '../../starters/steered-run.js';
import { startStorageMove, storageMoveRun, undoStorageMove } from '../../starters/storage-move-run.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { commandErrorOf } from '../port-failure.js';
import { printError, printLines, printText } from '../printing.js';
import { parseProject } from '../project-argument.js';
import { steeredText, watchRun } from '../watched-run.js';
import { moveLine, wouldMoveLine } from './change-storage-text.js';

type Options = CommonOptions & {
  readonly src: 'backend' | 'pulp';
  readonly dst?: 'backend' | 'pulp';
  readonly toPulp?: boolean;
  readonly project?: string;
  readonly owner?: string;
  readonly blockedOwners?: boolean;
  readonly delete?: boolean;
  readonly soakHours: number;
  readonly dryRun?: boolean;
  readonly status?: boolean;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly undo?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
};

const KINDS = ['backend', 'pulp'];

const HELP = `
Builds and actions of the project go on meanwhile, and clients always see a complete repository. First all packages are
copied; then clients are sent to Pulp, and the frontend is told. The packages stay in the results tree until the soak is
over: until then --undo brings clients back at once. The move goes on when this command ends, and when workers go. This
command ends when clients get everything from Pulp.
  copr-change-storage --src backend --dst pulp --project jdoe/hello --dry-run
  copr-change-storage --src backend --dst pulp --project jdoe/hello
  copr-change-storage --owner jdoe --project hello --to-pulp --soak-hours 24
  copr-change-storage --project jdoe/hello --status | --pause | --resume | --undo
${EXIT_STATUS_HELP}`;

/** `copr-change-storage`: moves projects from the results tree to Pulp (docs/operations.md#moving-projects-to-pulp). */
export function changeStorageCommand(name = 'copr-change-storage'): Command {
  return withCommonOptions(new Command(name))
    .description('move the packages of projects from the results tree to Pulp')
    .addOption(new Option('--src <storage>', 'where they are').choices(KINDS).default('backend'))
    .addOption(new Option('--dst <storage>', 'where they are to be').choices(KINDS))
    .option('--to-pulp', 'the same as --src backend --dst pulp')
    .option('--project <owner/project>', 'this project; with --owner its name is enough')
    .option('--owner <name>', 'all projects of this owner that have results')
    .option('--blocked-owners', 'all projects of the owners in the key blocked_owners')
    .option('--delete', 'is refused: the packages leave the tree by themselves when the soak is over')
    .option(
      '--soak-hours <n>',
      'how long it can be undone after clients were sent to Pulp',
      wholeNumber({ least: 0, most: 8760 }),
      168,
    )
    .option('--dry-run', 'say what would be moved, and change nothing')
    .option('--status', 'how far it is')
    .option('--pause', 'pause after the step under way')
    .option('--resume', 'go on')
    .option('--undo', 'clients get everything from the results tree again')
    .option('--no-wait', 'start it and end')
    .option('--json', 'one JSON object for each project')
    .addHelpText('after', HELP)
    .action((options: Options) => runCommandAction(options.debug === true, () => execute(options)));
}

async function execute(options: Options): Promise<ExitStatus> {
  const steering = (['undo', 'pause', 'resume', 'status'] as const).find((what) => options[what] === true);
  if (steering === undefined) {
    const refusal = refusalOf(options);
    if (refusal !== null) throw refusal;
    if (options.dst === options.src) {
      printLines([`nothing to do: they are at ${options.src}, and stay there`]);
      return EXIT_STATUS.ok;
    }
  }
  const config = readConfig(options.config);
  const projects = await projectsOf(config, options);
  if (steering === undefined && options.dryRun === true) return dryRun(config, projects, options);
  const settings = settingsOf(config, requireConfigFile(options.config));
  return withClient(settings, (open) => {
    if (steering !== undefined) return steer(open, projects, steering, options);
    return options.wait ? moveAll(open, config, projects, options) : startAll(open, config, projects, options);
  });
}

/** Null: it can be done. */
function refusalOf({ src, dst, toPulp, delete: deletes }: Options): CommandError | null {
  if (deletes === true)
    return new CommandError(EXIT_STATUS.failed, '--delete is refused: packages leave the tree when the soak is over');
  if (dst === undefined && toPulp !== true)
    return new CommandError(EXIT_STATUS.usage, 'say where they are to be: --dst pulp, or --to-pulp');
  if (src === 'pulp' && dst !== 'pulp')
    return new CommandError(EXIT_STATUS.failed, 'nothing moves from Pulp; --undo takes a move back while it soaks');
  return null;
}

async function projectsOf(config: Config, options: Options): Promise<readonly ProjectId[]> {
  const { project, owner, blockedOwners } = options;
  if (blockedOwners === true && (project !== undefined || owner !== undefined))
    throw new CommandError(EXIT_STATUS.usage, '--blocked-owners names the projects: no --project and no --owner');
  if (project !== undefined) {
    const full = owner === undefined || project.includes('/') ? project : `${owner}/${project}`;
    const named = parseProject(full, null);
    if (owner !== undefined && named.owner !== owner)
      throw new CommandError(EXIT_STATUS.usage, `${full} is not a project of ${owner}`);
    return [{ owner: named.owner, project: projectOfDirname(named.dirname) }];
  }
  const owners = blockedOwners === true ? config.blockedOwners : owner === undefined ? [] : [owner];
  if (owners.length === 0 || !owners.every(isSafeName))
    throw new CommandError(EXIT_STATUS.usage, 'name a --project, an --owner, or --blocked-owners that there are');
  const all = await createPrunableTree({ destdir: config.destdir }).projects(printError);
  const names = all
    .filter((one) => owners.includes(one.owner))
    .map((one) => `${one.owner}/${projectOfDirname(one.dirname)}`);
  return [...new Set(names)].map((name) => {
    const { owner: of, dirname } = parseProject(name, null);
    return { owner: of, project: dirname };
  });
}

async function dryRun(config: Config, projects: readonly ProjectId[], options: Options): Promise<ExitStatus> {
  const pulp = await openPulpStorage(config);
  if (pulp.is === 'unconfigured') throw new CommandError(EXIT_STATUS.configuration, pulp.remedy);
  const { moveSurvey } = pulp.storage;
  let worst: ExitStatus = EXIT_STATUS.ok;
  try {
    for (const project of projects) {
      const { owner } = project;
      try {
        const chroots = await moveSurvey.survey(project);
        const known = [];
        for (const one of chroots) known.push({ ...one, atPulp: await moveSurvey.alreadyThere({ owner, ...one }) });
        if (options.json === true) printLines([plainJson({ ...project, chroots: known })]);
        else if (chroots.length === 0) printLines([`${nameOf(project)}: nothing to move`]);
        else printLines(known.map(({ atPulp, ...one }) => wouldMoveLine(owner, one, atPulp)));
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        if (projects.length === 1) throw commandErrorOf(error);
        printError(`${nameOf(project)}: ${error.message}`);
        worst = EXIT_STATUS.failed;
      }
    }
  } finally {
    pulp.close();
  }
  return worst;
}

async function steer(
  open: OpenClient,
  projects: readonly ProjectId[],
  what: 'status' | 'pause' | 'resume' | 'undo',
  options: Options,
): Promise<ExitStatus> {
  let found = 0;
  for (const project of projects)
    try {
      await steerOne(open, project, what, options);
      found += 1;
    } catch (error) {
      // Of many projects, most are not being moved.
      if (projects.length === 1 || !(error instanceof StarterFailure) || error.reason !== 'notFound') throw error;
    }
  if (found === 0) throw new StarterFailure('notFound', 'none of these projects is being moved to Pulp');
  return what === 'undo' && options.wait ? followAll(open, projects, options) : EXIT_STATUS.ok;
}

async function steerOne(
  open: OpenClient,
  project: ProjectId,
  what: 'status' | 'pause' | 'resume' | 'undo',
  options: Options,
): Promise<void> {
  const run = storageMoveRun(project);
  if (what === 'status') {
    const status = await askRun(open, run);
    printText(options.json === true ? plainJson(status) : textOf(status));
    return;
  }
  if (what === 'undo') await undoStorageMove(open, project);
  else await pauseRun(open, run, what);
  printLines([`${run.name}: ${steeredText(what)}`]);
}

async function followAll(open: OpenClient, projects: readonly ProjectId[], options: Options): Promise<ExitStatus> {
  let worst: ExitStatus = EXIT_STATUS.ok;
  for (const project of projects) {
    const shown = { text: textOf, json: options.json === true };
    const status = await watchRun(open, storageMoveRun(project), shown).catch((error: unknown) => {
      if (error instanceof StarterFailure && error.reason === 'notFound') return null;
      throw error;
    });
    if (status !== null && status.outcome?.result !== 'undone') worst = EXIT_STATUS.failed;
  }
  return worst;
}

async function startAll(
  open: OpenClient,
  { storageName: storage }: Config,
  projects: readonly ProjectId[],
  { soakHours }: Options,
): Promise<ExitStatus> {
  for (const project of projects) await startStorageMove(open, { project, soak: soakHours * 3600, storage });
  return EXIT_STATUS.ok;
}

/** One project after the other, so that Pulp and the disks serve builds, too. */
async function moveAll(
  open: OpenClient,
  config: Config,
  projects: readonly ProjectId[],
  options: Options,
): Promise<ExitStatus> {
  let worst: ExitStatus = EXIT_STATUS.ok;
  for (const project of projects) {
    await startAll(open, config, [project], options);
    const isEnough = ({ stage }: StorageMoveStatus): boolean => stage === 'soaking' || stage === 'retiring';
    const shown = { text: textOf, json: options.json === true, isEnough };
    const status = await watchRun(open, storageMoveRun(project), shown);
    if (status.outcome !== null && status.outcome.result !== 'succeeded') worst = EXIT_STATUS.failed;
  }
  return worst;
}

function textOf(status: StorageMoveStatus): string {
  return `${nameOf(status)}: ${moveLine(status, Date.now())}`;
}

function nameOf({ owner, project }: ProjectId): string {
  return `${owner}/${project}`;
}

import { Argument, Command } from 'commander';
import { PERIODIC_JOBS, type PeriodicJob } from '../../contracts/maintenance/periodic-jobs.js';
import { plainJson } from '../../domain/plain-text.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import {
  describePeriodic,
  followRound,
  listPeriodic,
  pausePeriodic,
  runNow,
  type Periodic,
} from '../../starters/periodic-work.js';
import { readSettings } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printError, printLines, showProgress } from '../printing.js';
import { roundText, scheduleDetails, scheduleJson, scheduleLines } from './schedule-text.js';

type Options = CommonOptions & {
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly reason?: string;
  readonly storage?: string;
};

/** Rounds that `list JOB` shows: as many as Temporal knows. */
const ALL_ROUNDS = 10;

const HELP = `
Rounds of one job never overlap. A pause outlives new versions and restarts; a round can be started by hand even then.
The work is done by workers on the hosts of the results, and goes on when this command ends.

  copr-backend schedule list
  copr-backend schedule list prune-results
  copr-backend schedule run reconcile --wait
  copr-backend schedule pause trash --reason 'the disk is being copied'
  copr-backend schedule resume trash
${EXIT_STATUS_HELP}`;

/** `schedule list|run|pause|resume`: the periodic work of this backend (decisions 0059, 0063). */
export function scheduleCommand(): Command {
  const schedule = new Command('schedule')
    .description('periodic work: when it runs, what came of it; run, pause, resume')
    .addHelpText('after', HELP);
  schedule.addCommand(
    command('list', 'every job with its next and its last round; of one job the last rounds')
      .addArgument(new Argument('[job]').choices(PERIODIC_JOBS))
      .action((job: PeriodicJob | undefined, options: Options) =>
        run(options, (open, storage) => list(open, job === undefined ? null : { job, storage }, options)),
      ),
  );
  schedule.addCommand(
    jobCommand('run', 'start a round at once')
      .option('--wait', 'show how far it is, and end with it: 1 if it failed or met trouble')
      .action((job: PeriodicJob, options: Options) =>
        run(options, (open, storage) => start(open, { job, storage }, options)),
      ),
  );
  for (const what of ['pause', 'resume'] as const) {
    const steering = jobCommand(
      what,
      what === 'pause' ? 'start no more rounds' : 'start rounds again when they are due',
    );
    if (what === 'pause') steering.option('--reason <text>', 'why, for those who ask later');
    schedule.addCommand(
      steering.action((job: PeriodicJob, options: Options) =>
        run(options, async (open, storage) => {
          await pausePeriodic(open, { job, storage }, what, options.reason ?? null);
          say(options, { job, storage, [`${what}d`]: true }, [`${job} in ${storage} is ${what}d`]);
          return EXIT_STATUS.ok;
        }),
      ),
    );
  }
  return schedule;
}

function command(name: string, description: string): Command {
  return withCommonOptions(new Command(name))
    .description(description)
    .option('--storage <name>', 'of another results tree than this configuration')
    .option('--json', 'as JSON');
}

function jobCommand(name: string, description: string): Command {
  return command(name, description).addArgument(
    new Argument('<job>', 'as `schedule list` names it').choices(PERIODIC_JOBS),
  );
}

function run(options: Options, work: (open: OpenClient, storage: string) => Promise<ExitStatus>): Promise<void> {
  return runCommandAction(options.debug === true, () => {
    const settings = readSettings(options.config);
    return withClient(settings, (open) => work(open, options.storage ?? settings.storage));
  });
}

async function list(open: OpenClient, of: Periodic | null, options: Options): Promise<ExitStatus> {
  if (of !== null) {
    const state = await describePeriodic(open, of, ALL_ROUNDS);
    say(options, scheduleJson(state), scheduleDetails(state));
    return EXIT_STATUS.ok;
  }
  const found = await listPeriodic(open, options.json === true ? ALL_ROUNDS : 1);
  const states = found.filter(({ storage }) => options.storage === undefined || options.storage === storage);
  if (options.json === true) printLines(states.map((state) => plainJson(scheduleJson(state))));
  else if (states.length === 0) printLines(['there are no Schedules: a poller makes them when it starts']);
  else printLines(scheduleLines(states));
  return EXIT_STATUS.ok;
}

async function start(open: OpenClient, of: Periodic, options: Options): Promise<ExitStatus> {
  const workflowId = await runNow(open, of);
  if (options.wait !== true) {
    say(options, { ...of, workflowId }, [`started: ${workflowId}`]);
    return EXIT_STATUS.ok;
  }
  const round = await followRound(open, workflowId, (line) => showProgress(`${workflowId} ${line}`));
  showProgress(null);
  const { text, troubles } = roundText(of, round);
  for (const trouble of options.json === true ? [] : troubles) printError(trouble);
  say(options, { ...of, ...round, summary: text, troubles }, [text]);
  return round.state === 'completed' && troubles.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
}

function say(options: Options, json: object, lines: readonly string[]): void {
  printLines(options.json === true ? [plainJson(json)] : lines);
}

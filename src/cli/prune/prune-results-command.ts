import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { createPrunePlans } from '../../adapters/plan-files/prune-plans.js';
import { pruningOf } from '../../config/pruning.js';
import type { Config } from '../../config/schema.js';
import { withServiceLog } from '../../adapters/redis/service-log.js';
import { secretsOf } from '../../config/shown-value.js';
import { pruneWorkflowId } from '../../contracts/names/ids.js';
import type { PruneStatus } from '../../contracts/prune/prune.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { plainJson } from '../../domain/plain-text.js';
import { capsOfPlan } from '../../domain/prune/prune-caps.js';
import { PlanLineError, summarizePlan, type PlanSummary } from '../../domain/prune/prune-plan.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines, printText, printError } from '../printing.js';
import { makePrunePlan } from '../../starters/prune-plan.js';
import { planningLine, pruneLine } from './prune-text.js';
import type { PlanningRound } from '../../starters/planning-round.js';
import {
  cancelPruning,
  lookAtPruning,
  pausePruning,
  pruneRun,
  refuseSecondPlan,
  startPruning,
} from '../../starters/prune-run.js';
import { ALLOW_ROOT, requireServiceUser } from '../service/service-user.js';
import { steeredText, watchRun } from '../watched-run.js';
import { readConfig, requireConfigFile, settingsOf } from '../../starters/settings.js';

type Options = CommonOptions & {
  readonly mtimeOptimization: boolean;
  readonly pruneFinalizedChroots?: boolean;
  readonly threads: boolean;
  readonly dryRun?: boolean;
  readonly apply?: string;
  readonly force?: boolean;
  readonly wait: boolean;
  readonly status?: boolean;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly cancel?: boolean;
  readonly json?: boolean;
  readonly allowRoot?: boolean;
};

const HELP = `
Without options it looks at all projects, plans the removals, and has the workers carry them out. That continues after
this command ends, and when workers restart. The plan is text, with a line and a reason for each package or directory:
  copr-prune-results --dry-run > plan; less plan; copr-prune-results --apply plan
${EXIT_STATUS_HELP}`;

/**
 * `copr-prune-results`: removes superseded packages and empty build directories (docs/neighbours/storage.md#pruning).
 */
export function pruneResultsCommand(): Command {
  return withCommonOptions(new Command('copr-prune-results'))
    .description('remove superseded packages and empty build directories from the results')
    .option('--no-mtime-optimization', 'look also at directories that have not changed for long')
    .option('--prune-finalized-chroots', 'look also at chroots whose final prune was done; implies the former')
    .option('--no-threads', 'one directory at a time')
    .option('--dry-run', 'print the plan, and change nothing')
    .option('--apply <file>', 'carry out this plan; - reads standard input')
    .option('--force', 'even if the plan takes more than prune_max_share or prune_max_total allow')
    .option('--no-wait', 'start it and end')
    .option('--status', 'how far it is, or how far the planning of the daily round is')
    .option('--pause', 'pause after the current directories')
    .option('--resume', 'go on')
    .option(
      '--cancel',
      'end the planning of the daily round, and a plan after the current directories; removed results stay removed',
    )
    .option('--json', 'status as JSON')
    .option(...ALLOW_ROOT)
    .addHelpText('after', HELP)
    .action((options: Options) => runCommandAction(options.debug === true, () => execute(options)));
}

async function execute(options: Options): Promise<ExitStatus> {
  const config = readConfig(options.config);
  requireServiceUser(config.destdir, options);
  const settings = settingsOf(config, requireConfigFile(options.config));
  const storage = config.storageName;
  const say = (status: PruneStatus | PlanningRound): void =>
    printText(options.json === true ? plainJson(status) : textOf(status));
  const steering = (['pause', 'resume', 'cancel'] as const).find((what) => options[what] === true);
  if (steering !== undefined || options.status === true)
    return withClient(settings, async (open) => {
      if (steering === undefined) say(await lookAtPruning(open, storage));
      else {
        if (steering === 'cancel') await cancelPruning(open, storage);
        else await pausePruning(open, storage, steering);
        printLines([steeredText(steering)]);
      }
      return EXIT_STATUS.ok;
    });

  if (options.dryRun !== true) await withClient(settings, (open) => refuseSecondPlan(open, storage));
  const { text, leftOut } = options.apply === undefined ? await makePlan(config, options) : readPlan(options.apply);
  if (options.dryRun === true) {
    printText(text);
    return leftOut.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
  }
  for (const line of new Set(leftOut)) printError(`left out: ${line}`);
  const summary = summarize(text);
  refuseTooMuch(summary, config, options);
  const missed = leftOut.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
  if (summary.count + summary.finals === 0) {
    printLines(['nothing to prune']);
    return missed;
  }
  return withClient(settings, async (open) => {
    const plan = await createPrunePlans({ destdir: config.destdir }).keep(text);
    await startPruning(open, { plan, storage, parallel: lanes(config, options) });
    if (!options.wait) return missed;
    const shown = { text: textOf, json: options.json === true };
    const { outcome } = await watchRun(open, pruneRun(storage), shown);
    return outcome?.result === 'succeeded' ? missed : EXIT_STATUS.failed;
  });
}

async function makePlan(
  config: Config,
  options: Options,
): Promise<{ readonly text: string; readonly leftOut: readonly string[] }> {
  return withServiceLog(config, { name: 'pruner', secrets: secretsOf(config) }, (log) =>
    makePrunePlan(
      config,
      {
        ...pruningOf(config),
        force: options.force === true,
        untouched: !options.mtimeOptimization,
        finalized: options.pruneFinalizedChroots === true,
        parallel: lanes(config, options),
      },
      log.child({ workflowId: pruneWorkflowId(config.storageName) }),
    ),
  );
}

function readPlan(file: string): { readonly text: string; readonly leftOut: readonly string[] } {
  try {
    return { text: readFileSync(file === '-' ? 0 : file, 'utf8'), leftOut: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT_STATUS.usage, `the plan cannot be read: ${why}`, { cause: error });
  }
}

function summarize(text: string): PlanSummary {
  try {
    return summarizePlan(text);
  } catch (error) {
    if (!(error instanceof PlanLineError)) throw error;
    throw new CommandError(EXIT_STATUS.usage, `this is not a plan: ${error.message}`, { cause: error });
  }
}

function refuseTooMuch(summary: PlanSummary, config: Config, options: Options): void {
  const problems = options.force === true ? [] : capsOfPlan(summary, pruningOf(config).caps);
  if (problems.length === 0) return;
  const lines = ['nothing was pruned; --force prunes regardless:', ...problems.slice(0, 20)];
  throw new CommandError(EXIT_STATUS.failed, lines.join('\n'));
}

function lanes(config: Config, options: Options): number {
  return options.threads ? pruningOf(config).parallel : 1;
}

function textOf(status: PruneStatus | PlanningRound): string {
  if (status.stage !== 'planning') return [pruneLine(status), ...troublesOf(status)].join('\n');
  const { lastFailure } = status;
  return [planningLine(status), ...(lastFailure === null ? [] : [`  ${failureText(lastFailure)}`])].join('\n');
}

function troublesOf({ outcome, stage, troubles }: PruneStatus): readonly string[] {
  if (outcome === null && stage === 'pruning') return [];
  return troubles.map(({ where, failure }) => `  ${where}: ${failureText(failure)}`);
}

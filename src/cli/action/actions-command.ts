import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { plainJson } from '../../domain/plain-text.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { decimalNumber, wholeNumber } from '../number-argument.js';
import { printLines } from '../printing.js';
import { readSettings } from '../../starters/settings.js';
import { outcomeText, statusLines, statusRow, tableLines, waitingText } from '../build/status-text.js';
import { startAction } from '../../starters/action-run.js';
import { listTasks } from '../../starters/task-list.js';
import { actionReference } from '../../starters/task-reference.js';
import { reportAsJson } from '../build/report-json.js';
import { endedWell, reportTask, type TaskReport } from '../../starters/task-report.js';
import { withWaitsOn } from '../../starters/waits-on.js';

type ListOptions = CommonOptions & {
  readonly json?: boolean;
  readonly failed?: boolean;
  readonly hours: number;
  readonly limit: number;
};
type OneOptions = CommonOptions & { readonly json?: boolean };

/** `actions`: running and recently ended actions, with the reason if they were set aside or failed. */
export function actionsCommand(): Command {
  return withCommonOptions(new Command('actions'))
    .description('actions of the frontend that run or ended lately, and why some failed')
    .option('--json', 'one JSON object per line')
    .option('--failed', 'only those that were refused, set aside, or failed')
    .option('--hours <n>', 'how long ago they may have ended', decimalNumber({ least: 0 }), 24)
    .option('--limit <n>', 'longest list', wholeNumber({ least: 1 }), 200)
    .action((options: ListOptions) =>
      runCommandAction(options.debug === true, () =>
        withClient(readSettings(options.config), (open) => printActions(open, options)),
      ),
    );
}

/** `action show ID` and `action run ID`. */
export function actionCommand(): Command {
  const show = withCommonOptions(new Command('show'))
    .description('where an action is, what it waits for, how it ended')
    .argument('<id>', 'its number')
    .option('--json', 'the answer as JSON')
    .action((id: string, options: OneOptions) =>
      runCommandAction(options.debug === true, () =>
        withClient(readSettings(options.config), async (open) => {
          const report = await reportTask(open, actionReference(numberOf(id)));
          print(await withWaitsOn(open, report), options);
          return EXIT_STATUS.ok;
        }),
      ),
    );
  const run = withCommonOptions(new Command('run'))
    .description('carry out an action of the frontend now, ahead of its turn, and wait for its end')
    .argument('<id>', 'its number; an ended action is repeated')
    .option('--json', 'the answer at the end as JSON')
    .action((id: string, options: OneOptions) =>
      runCommandAction(options.debug === true, () => {
        const settings = readSettings(options.config);
        return withClient(settings, (open) => runAction(open, numberOf(id), settings.storage, options));
      }),
    );
  return new Command('action').description('one action of the frontend').addCommand(show).addCommand(run);
}

async function printActions(open: OpenClient, options: ListOptions): Promise<ExitStatus> {
  const { hours, limit } = options;
  const list = await listTasks(open, { now: Date.now(), endedWithinMs: hours * 3_600_000, limit, only: 'action' });
  const shown = list.reports.filter((report) => options.failed !== true || endedWell(report) === false);
  if (options.json === true) printLines(shown.map((report) => plainJson(reportAsJson(report))));
  else if (shown.length === 0)
    printLines([`no ${options.failed === true ? 'failed ' : ''}actions within ${hours} hours`]);
  else {
    const rows = shown.map((report) => [
      ...statusRow(report, Date.now()).slice(0, 3),
      typeOf(report),
      reasonOf(report),
    ]);
    printLines(tableLines([['ACTION', 'STAGE', 'SINCE', 'TYPE', ''], ...rows]));
  }
  if (list.more && options.json !== true) printLines([`… and more (--limit ${limit} shows this many)`]);
  return EXIT_STATUS.ok;
}

function typeOf(report: TaskReport): string {
  return report.status?.kind === 'action' ? (report.status.type ?? '') : '';
}

function reasonOf(report: TaskReport): string {
  const waiting = waitingText(report);
  return outcomeText(report.status) ?? (waiting === null ? '' : `waits for ${waiting}`);
}

async function runAction(open: OpenClient, id: number, storage: string, options: OneOptions): Promise<ExitStatus> {
  await startAction(open, { actionId: id, storage });
  const reference = actionReference(id);
  let shown = '';
  for (;;) {
    const report = await reportTask(open, reference);
    const well = endedWell(report);
    const state = `${report.status?.stage ?? 'not begun'} ${reasonOf(report)}`.trim();
    if (state !== shown && options.json !== true) printLines([`action/${id}: ${state}`]);
    shown = state;
    if (well !== null) {
      print(report, options);
      return well ? EXIT_STATUS.ok : EXIT_STATUS.failed;
    }
    await sleep(500);
  }
}

function print(report: TaskReport, options: OneOptions): void {
  printLines(options.json === true ? [plainJson(reportAsJson(report))] : statusLines(report, Date.now()));
}

function numberOf(id: string): number {
  const digits = id.replace(/^action\//, '');
  if (/^\d{1,15}$/.test(digits)) return Number(digits);
  throw new CommandError(EXIT_STATUS.usage, `${id} is not an action: give its number, such as 7`);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { plainJson } from '../../domain/plain-text.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { allFailingLines, failingJson } from '../dispatch/failing-text.js';
import { type FailingReports, findFailing, findFailingAround } from '../../starters/failing-workflows.js';
import { isWaiting, requireTask } from './known-task.js';
import { wholeNumber } from '../number-argument.js';
import { printLines } from '../printing.js';
import { readSettings, type Settings } from '../../starters/settings.js';
import { statusLines, statusRow, tableLines } from './status-text.js';
import { outageJson, outageLines } from '../dispatch/outage-text.js';
import { outagesOf } from '../../starters/outages.js';
import { askQueue } from '../../starters/poller-view.js';
import { troubleOf } from '../dispatch/queue-text.js';
import { reportSuspects, suspectJson, suspectLines } from '../dispatch/suspect-tickets.js';
import { listTasks } from '../../starters/task-list.js';
import type { TaskReference } from '../../starters/task-reference.js';
import { requireTaskReference } from './task-argument.js';
import { reportAsJson } from './report-json.js';
import { endedWell, hasEnded, type TaskReport } from '../../starters/task-report.js';
import type { WaitingReport } from '../../starters/waiting-task.js';
import { waitingTaskJson, waitingTaskLines } from './waiting-text.js';
import { withWaitsOn } from '../../starters/waits-on.js';

type StatusOptions = CommonOptions & { readonly json?: boolean; readonly watch?: boolean; readonly limit: number };

const ONE_HOUR_MS = 3_600_000;
const LOOK_AROUND_MS = 15_000;

/** `status [TASK]`: where a build or action is, and what it waits for. */
export function statusCommand(): Command {
  return withCommonOptions(new Command('status'))
    .description('where a build or action is, what it waits for, how it ended')
    .argument('[task]', 'such as 5, 5-fedora-42-x86_64 or action/7; without it: all that run or ended within an hour')
    .option('--json', 'the answer as JSON')
    .option('--watch', 'show every change until the end; the exit status tells how it ended')
    .option('--limit <n>', 'longest list without TASK', wholeNumber({ least: 1 }), 100)
    .action((task: string | undefined, options: StatusOptions) =>
      runCommandAction(options.debug === true, async () => {
        const reference = task === undefined ? null : requireTaskReference(task);
        const settings = readSettings(options.config);
        return withClient(settings, (open) =>
          reference === null ? printList(open, settings, options) : printTask(open, settings, reference, options),
        );
      }),
    );
}

async function printTask(
  open: OpenClient,
  settings: Settings,
  reference: TaskReference,
  options: StatusOptions,
): Promise<ExitStatus> {
  let shown = '';
  const around = failingAround(open, reference);
  for (;;) {
    const found = await requireTask(open, settings, reference);
    const report = isWaiting(found) ? found : await withWaitsOn(open, found);
    const waits = isWaiting(report);
    const failing = !waits && hasEnded(report) ? null : await around(ownerOf(report));
    const answer = waits ? waitingTaskJson(report) : reportAsJson(report);
    const json = plainJson({ ...answer, ...failingFields(failing) });
    const own = waits ? waitingTaskLines(report) : statusLines(report, Date.now());
    const lines = [...own, ...(failing === null ? [] : allFailingLines(failing))];
    if (json !== shown) printLines(options.json === true ? [json] : lines);
    shown = json;
    if (options.watch !== true) return EXIT_STATUS.ok;
    const well = waits ? null : endedWell(report);
    if (well !== null) return well ? EXIT_STATUS.ok : EXIT_STATUS.failed;
    await sleep(1000);
  }
}

/** Other failing workflows that may hold up the task; while a task is watched, Temporal's lists are queried rarely. */
function failingAround(open: OpenClient, reference: TaskReference): (owner: string | null) => Promise<FailingReports> {
  let known: { readonly failing: FailingReports; readonly at: number } | null = null;
  return async (owner) => {
    if (known === null || Date.now() - known.at > LOOK_AROUND_MS) {
      known = { failing: await findFailingAround(open, { ...reference, owner }), at: Date.now() };
    }
    return known.failing;
  };
}

function failingFields(failing: FailingReports | null): Record<string, unknown> {
  return failing === null || failing.reports.length === 0
    ? {}
    : { failingWorkflows: failing.reports.map((report) => failingJson(report)) };
}

function ownerOf(report: TaskReport | WaitingReport): string | null {
  if (isWaiting(report)) return report.from === 'poller' ? report.task.owner : null;
  return report.status !== null && 'owner' in report.status ? report.status.owner : null;
}

async function printList(open: OpenClient, settings: Settings, options: StatusOptions): Promise<ExitStatus> {
  do {
    const failing = await findFailing(open);
    const list = await listTasks(open, { now: Date.now(), endedWithinMs: ONE_HOUR_MS, limit: options.limit });
    const suspects = await reportSuspects(settings.stateDir, list.reports);
    const trouble = troubleOf(await askQueue(settings, { limit: 1 }));
    const outages = await outagesOf(open, { ...list, trouble });
    if (options.json === true) {
      const facts = [
        ...outageJson(outages),
        ...failing.reports.map((report) => failingJson(report)),
        ...suspectJson(suspects),
      ];
      printLines(facts.map((fact) => plainJson(fact)));
    } else
      printLines([
        ...paragraph(outageLines(outages, Date.now())),
        ...paragraph(allFailingLines(failing)),
        ...paragraph(suspectLines(suspects)),
      ]);
    if (options.json === true) printLines(list.reports.map((report) => plainJson(reportAsJson(report))));
    else if (list.reports.length === 0) printLines(['nothing runs, and nothing ended within the last hour']);
    else
      printLines(
        tableLines([
          ['TASK', 'STAGE', 'SINCE', 'HOST', ''],
          ...list.reports.map((report) => statusRow(report, Date.now())),
        ]),
      );
    if (list.more && options.json !== true) printLines([`… and more (--limit ${options.limit} shows this many)`]);
    if (options.watch === true) await sleep(2000);
  } while (options.watch === true);
  return EXIT_STATUS.ok;
}

/** Adds a blank line after a non-empty paragraph. */
function paragraph(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, ''];
}

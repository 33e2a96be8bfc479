import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { copyLogFrom } from './build-log.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { reportIfKnown } from '../../starters/find-task.js';
import { StarterFailure } from '../../starters/starter-failure.js';
import { isWaiting, requireTask } from './known-task.js';
import { createLogPrinter, printError } from '../printing.js';
import { readSettings, type Settings } from '../../starters/settings.js';
import type { TaskReference } from '../../starters/task-reference.js';
import { requireTaskReference } from './task-argument.js';
import { hasEnded, reportTask, type TaskReport } from '../../starters/task-report.js';
import { waitingReason } from './waiting-text.js';

type LogsOptions = CommonOptions & { readonly follow?: boolean; readonly backend?: boolean };

/** `logs TASK`: the build's log, as it grows. */
export function logsCommand(): Command {
  return withCommonOptions(new Command('logs'))
    .description("print a build's log")
    .argument('<task>', 'such as 5-fedora-42-x86_64')
    .option('--follow', 'wait for a build that has not started, and print until it ends; ctrl-C stops (130)')
    .option('--backend', "the backend's log of this build (backend.log) instead of the builder's output")
    .action((task: string, options: LogsOptions) =>
      runCommandAction(options.debug === true, async () => {
        const reference = requireTaskReference(task);
        if (reference.kind === 'action') throw new CommandError(EXIT_STATUS.usage, 'actions have no log of their own');
        const settings = readSettings(options.config);
        return withClient(settings, (open) => printLog({ open, reference, settings, options }));
      }),
    );
}

type Request = {
  readonly open: OpenClient;
  readonly reference: TaskReference;
  readonly settings: Settings;
  readonly options: LogsOptions;
};

/** Returns once the task's workflow exists; meanwhile prints, beside the log, why it does not. */
async function untilStarted({ open, settings, reference, options }: Request): Promise<void> {
  // Without --follow the log of an earlier run is fine.
  if (options.follow !== true && !((await reportIfKnown(open, reference)) instanceof StarterFailure)) return;
  let said = '';
  for (;;) {
    const found = await requireTask(open, settings, reference);
    if (!isWaiting(found)) return;
    const why = waitingReason(found);
    // A task that the frontend holds back may be finished there: nobody knows whether waiting makes sense.
    if (found.from === 'frontend') throw new CommandError(EXIT_STATUS.failed, why);
    if (options.follow !== true) throw new CommandError(EXIT_STATUS.failed, `${why} (--follow waits for it)`);
    if (why !== said) printError(why);
    said = why;
    await sleep(1000);
  }
}

async function printLog(request: Request): Promise<ExitStatus> {
  const name = request.options.backend === true ? 'backend.log' : 'builder-live.log';
  await untilStarted(request);
  const printer = createLogPrinter();
  let offset = 0;
  let found = false;
  for (;;) {
    const report = await reportTask(request.open, request.reference); // first, so that the log read after it is complete
    const resultPath = resultPathOf(report);
    if (resultPath !== null) {
      const place = { ...request.settings, resultPath, name };
      const next = await copyLogFrom(place, offset, printer.write);
      found ||= next !== null;
      offset = next ?? offset;
    }
    if (request.options.follow === true && !hasEnded(report)) {
      await sleep(500);
      continue;
    }
    printer.end();
    if (found) return EXIT_STATUS.ok;
    throw new CommandError(EXIT_STATUS.failed, noLog(report, name));
  }
}

function resultPathOf(report: TaskReport): string | null {
  return report.status !== null && 'resultPath' in report.status ? report.status.resultPath : null;
}

function noLog(report: TaskReport, name: string): string {
  if (report.status === null) return `where the log lies is not known: ${report.silence ?? 'no answer'}`;
  const wait = hasEnded(report) ? 'it ended without one' : `it is at '${report.status.stage}' (--follow waits for it)`;
  return `${report.task} has no ${name} yet: ${wait}`;
}

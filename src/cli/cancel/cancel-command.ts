import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { decimalNumber } from '../number-argument.js';
import { printLines } from '../printing.js';
import { readSettings } from '../../starters/settings.js';
import { outcomeText } from '../build/status-text.js';
import { cancelTask } from '../../starters/cancel-task.js';
import type { TaskReference } from '../../starters/task-reference.js';
import { requireTaskReference } from '../build/task-argument.js';
import { hasEnded, reportTask } from '../../starters/task-report.js';

type CancelOptions = CommonOptions & { readonly reason?: string; readonly wait: number };

/** `cancel TASK`: Temporal's workflow cancellation; the reason is recorded in the history and in the task's report. */
export function cancelCommand(): Command {
  return withCommonOptions(new Command('cancel'))
    .description('stop a build or action and report it as failed')
    .argument('<task>', 'such as 5-fedora-42-x86_64 or action/7')
    .option('--reason <text>', 'why, for those who ask later')
    .option('--wait <seconds>', 'how long to wait for its end', decimalNumber({ least: 0 }), 30)
    .action((task: string, options: CancelOptions) =>
      runCommandAction(options.debug === true, async () => {
        const reference = requireTaskReference(task);
        return withClient(readSettings(options.config), (open) => cancelAndWait(open, reference, options));
      }),
    );
}

async function cancelAndWait(open: OpenClient, reference: TaskReference, options: CancelOptions): Promise<ExitStatus> {
  await cancelTask(open, reference, options.reason);
  printLines([`${reference.task}: cancel requested`]);
  const deadline = Date.now() + options.wait * 1000;
  while (Date.now() < deadline) {
    const report = await reportTask(open, reference);
    if (hasEnded(report)) {
      printLines([`${reference.task}: ended (${outcomeText(report.status) ?? report.execution.toLowerCase()})`]);
      return EXIT_STATUS.ok;
    }
    await sleep(300);
  }
  printLines([`${reference.task}: not ended yet; \`copr-backend status ${reference.task}\` shows where it is`]);
  return EXIT_STATUS.ok;
}

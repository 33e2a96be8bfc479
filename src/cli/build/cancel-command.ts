import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { Command } from 'commander';
import { cancelReasonSignal } from '../../contracts/messages.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { decimalNumber } from '../number-argument.js';
import { printLines } from '../printing.js';
import { readSettings } from '../../starters/settings.js';
import { failureText } from './status-text.js';
import { requireTaskReference, type TaskReference } from '../../starters/task-reference.js';
import { clientFailure, hasEnded, reportTask } from '../../starters/task-report.js';

type CancelOptions = CommonOptions & { readonly reason?: string; readonly wait: number };

const NOT_FOUND = 5;

/** `cancel TASK`: Temporal's workflow cancellation; the reason stands in the history and in the task's report. */
export function cancelCommand(): Command {
  return withCommonOptions(new Command('cancel'))
    .description('stop a build or action and report it as failed')
    .argument('<task>', 'such as 5-fedora-42-x86_64 or action/7')
    .option('--reason <text>', 'why, for those who ask later')
    .option('--wait <seconds>', 'how long to wait for its end', decimalNumber({ least: 0 }), 30)
    .action((task: string, options: CancelOptions) =>
      runCommandAction(options.debug === true, async () => {
        const reference = requireTaskReference(task);
        return withClient(readSettings(options.config), (open) => cancelTask(open, reference, options));
      }),
    );
}

async function cancelTask(open: OpenClient, reference: TaskReference, options: CancelOptions): Promise<ExitStatus> {
  const before = await reportTask(open, reference);
  if (hasEnded(before)) throw alreadyEnded(reference, before.status?.outcome?.result);
  const by = `by ${userInfo().username}`;
  await requestCancel(open, reference, options.reason === undefined ? by : `${by}: ${options.reason}`);
  printLines([`${reference.task}: cancel requested`]);
  const deadline = Date.now() + options.wait * 1000;
  while (Date.now() < deadline) {
    const report = await reportTask(open, reference);
    if (hasEnded(report)) {
      printLines([`${reference.task}: ended (${failureText(report.status) ?? report.execution.toLowerCase()})`]);
      return EXIT_STATUS.ok;
    }
    await sleep(300);
  }
  printLines([`${reference.task}: not ended yet; \`copr-backend status ${reference.task}\` shows where it is`]);
  return EXIT_STATUS.ok;
}

/** Workflow code does not see the reason of a cancel request, so it is said by a signal first. */
async function requestCancel(open: OpenClient, reference: TaskReference, reason: string): Promise<void> {
  try {
    await open.client.workflow.getHandle(reference.workflowId).signal(cancelReasonSignal, { reason });
    await open.client.workflowService.requestCancelWorkflowExecution({
      namespace: open.namespace,
      workflowExecution: { workflowId: reference.workflowId },
      identity: `copr-backend cancel (${userInfo().username})`,
      requestId: crypto.randomUUID(),
      reason,
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw alreadyEnded(reference, undefined);
    if (isGrpcServiceError(error) && (error.code as number) === NOT_FOUND) throw alreadyEnded(reference, undefined);
    throw clientFailure(error);
  }
}

function alreadyEnded(reference: TaskReference, result: string | undefined): CommandError {
  const how = result === undefined ? '' : ` (${result})`;
  return new CommandError(EXIT_STATUS.failed, `${reference.task} has already ended${how}: there is nothing to cancel`);
}

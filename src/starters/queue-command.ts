import { WorkflowNotFoundError } from '@temporalio/common';
import { Command } from 'commander';
import type { AdmissionStatus } from '../contracts/dispatch.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/ids.js';
import { withCommonOptions, type CommonOptions } from './command-options.js';
import { withClient, type OpenClient } from './connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from './exit-status.js';
import { readSettings } from './settings.js';

type QueueOptions = CommonOptions & { readonly json?: boolean };
type Queues = { readonly builds: AdmissionStatus | null; readonly actions: AdmissionStatus | null };

const QUERY_DEADLINE_MS = 8000;

/** `queue`: what the dispatchers admitted, hold in reserve, and last heard from the frontend. */
export function queueCommand(): Command {
  return withCommonOptions(new Command('queue'))
    .description('how many tasks run and wait, and what limits them')
    .option('--json', 'the answers as JSON')
    .action((options: QueueOptions) =>
      runCommandAction(options.debug === true, () =>
        withClient(readSettings(options.config), async (open): Promise<ExitStatus> => {
          const queues = {
            builds: await askAdmission(open, BUILD_DISPATCHER_ID),
            actions: await askAdmission(open, ACTION_DISPATCHER_ID),
          };
          process.stdout.write(options.json === true ? `${JSON.stringify(queues)}\n` : queueText(queues));
          return EXIT_STATUS.ok;
        }),
      ),
    );
}

async function askAdmission(open: OpenClient, workflowId: string): Promise<AdmissionStatus | null> {
  const handle = open.client.workflow.getHandle(workflowId);
  try {
    return await open.client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
      handle.query<AdmissionStatus>('admission'),
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw new CommandError(
      EXIT_STATUS.failed,
      `${workflowId} does not answer: is \`copr-backend worker poller\` or \`worker all\` running?`,
      { cause: error },
    );
  }
}

/** Both queues for people. */
export function queueText(queues: Queues): string {
  return `${queueLines('builds', queues.builds).join('\n')}\n${queueLines('actions', queues.actions).join('\n')}\n`;
}

function queueLines(name: string, status: AdmissionStatus | null): readonly string[] {
  if (status === null) return [`${name}: no dispatcher yet; a worker starts it`];
  const lines = [
    `${name}: ${status.running} of at most ${status.limits.maxWorkers} running, ${status.listed} pending at the frontend`,
    `  last poll ${status.lastPoll ?? 'never'}; started ${status.started}, ended ${status.ended} so far`,
  ];
  if (status.reserve.length > 0) lines.push(`  next: ${status.reserve.slice(0, 8).join(', ')}`);
  if (status.lastFailure !== null) {
    const { code, message, at } = status.lastFailure;
    lines.push(`  last failure at ${at}: ${code}: ${message}`);
  }
  return lines;
}

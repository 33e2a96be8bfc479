import { Command } from 'commander';
import type { AdmissionStatus } from '../../contracts/dispatch/dispatch.js';
import { plainJson } from '../../domain/plain-text.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { failingLines } from './failing-text.js';
import { askAdmission } from '../../starters/admission-view.js';
import { wholeNumber } from '../number-argument.js';
import { findOutages } from '../../starters/outages.js';
import { askQueue } from '../../starters/poller-view.js';
import { printText } from '../printing.js';
import { queueText, queueTrouble, type Queues } from './queue-text.js';
import { readSettings } from '../../starters/settings.js';

type QueueOptions = CommonOptions & {
  readonly json?: boolean;
  readonly owner?: string;
  readonly arch?: string;
  readonly limit: number;
};

/** `queue`: the admitted tasks, and the builds that wait for limits, from the poller's HTTP. */
export function queueCommand(): Command {
  return withCommonOptions(new Command('queue'))
    .description('how many tasks run and wait, and what limits them')
    .option('--owner <name>', 'only builds of this owner')
    .option('--arch <name>', 'only builds of this architecture, such as x86_64')
    .option('--limit <n>', 'longest list, at most 1000', wholeNumber({ least: 1, most: 1000 }), 20)
    .option('--json', 'the answers as JSON')
    .action((options: QueueOptions) =>
      runCommandAction(options.debug === true, () => {
        const settings = readSettings(options.config);
        return withClient(settings, async (open): Promise<ExitStatus> => {
          const asked = {
            builds: await requireAdmission(open, 'build'),
            actions: await requireAdmission(open, 'action'),
            waiting: await askQueue(settings, options),
          };
          const queues = { ...asked, outages: await findOutages(open, queueTrouble(asked)) };
          printText(options.json === true ? queueJson(queues) : queueText(queues, Date.now()));
          return EXIT_STATUS.ok;
        });
      }),
    );
}

/** `waiting` is null if no poller answers, and `silence` says why. `trouble` is empty while the frontend answers. */
function queueJson(queues: Queues): string {
  const { builds, actions, waiting, outages } = queues;
  const { answer, silence } = waiting;
  return plainJson({ builds, actions, waiting: answer, silence, trouble: queueTrouble(queues), outages });
}

/** Null if there is no dispatcher yet; ends the command if it does not answer. */
async function requireAdmission(open: OpenClient, of: 'build' | 'action'): Promise<AdmissionStatus | null> {
  const answer = await askAdmission(open, of);
  switch (answer.state) {
    case 'answered':
      return answer.status;
    case 'absent':
      return null;
    case 'silent': {
      const why = `${answer.workflowId} does not answer: is \`copr-backend worker poller\` or \`worker all\` running?`;
      throw new CommandError(EXIT_STATUS.failed, why, { cause: answer.cause });
    }
    case 'failing':
      throw new CommandError(EXIT_STATUS.failed, failingLines(answer.report).join('\n'), { cause: answer.cause });
  }
}

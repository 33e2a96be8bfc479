import { Command } from 'commander';
import { actionCommand } from './actions-command.js';
import { asProgram } from '../as-program.js';
import { EXIT_STATUS_HELP } from '../exit-status.js';

type Options = { readonly taskId: string; readonly backendConfig?: string };

/**
 * The command line `copr-backend-process-action`, which operators' scripts call: carries out one action and waits for
 * its end. Options about processes and Redis are accepted and ignored.
 */
export function createProcessAction(): Command {
  const command = new Command('copr-backend-process-action')
    .description('carry out one action of the frontend now; the same as `copr-backend action run`')
    .requiredOption('--task-id <n>', "the action's number")
    .option('--worker-id <id>', 'accepted; workers have no ids here')
    .option('--daemon', 'accepted; actions run in workers anyway')
    .option('--silent', 'accepted')
    .option('--backend-config <file>', 'configuration (copr-be.conf)')
    .addHelpText('after', EXIT_STATUS_HELP)
    .action(async ({ taskId, backendConfig }: Options) => {
      const config = backendConfig === undefined ? [] : ['--config', backendConfig];
      await actionCommand().parseAsync(['run', taskId, ...config], { from: 'user' });
    });
  return asProgram(command);
}

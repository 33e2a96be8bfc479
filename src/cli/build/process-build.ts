import { Command } from 'commander';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { startBuild } from '../../starters/build-run.js';
import { withClient } from '../../starters/connect.js';
import { readSettings } from '../../starters/settings.js';
import { asProgram } from '../as-program.js';
import { EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { statusCommand } from './status-command.js';

type Options = {
  readonly buildId: number;
  readonly chroot: string;
  readonly daemon?: boolean;
  readonly backendConfig?: string;
};

const HELP = `
A build that already runs is joined; one that has ended is built again, if the frontend lets it. Ending this command does not end the build:
\`copr-backend cancel\` does.

Examples:
  copr-backend-process-build --build-id 7 --chroot fedora-42-x86_64
  copr-backend-process-build --build-id 7 --chroot srpm-builds          the source build
${EXIT_STATUS_HELP}`;

/**
 * The command line `copr-backend-process-build`, which operators call: starts one build ahead of the queue, and shows
 * its course until its end.
 */
export function createProcessBuild(): Command {
  const command = new Command('copr-backend-process-build')
    .description('carry out one build of the frontend now, ahead of the queue and its limits, and wait for its end')
    .requiredOption('--build-id <n>', "the build's number", wholeNumber({ least: 1 }))
    .requiredOption('--chroot <name>', `its chroot, or ${SOURCE_CHROOT}`)
    .option('--worker-id <id>', 'accepted; workers have no ids here')
    .option('--daemon', 'start the build and do not wait for its end')
    .option('--silent', 'accepted')
    .option('--backend-config <file>', 'configuration (copr-be.conf)')
    .addHelpText('after', HELP)
    .action(processBuild);
  return asProgram(command);
}

async function processBuild({ buildId, chroot, daemon, backendConfig }: Options): Promise<void> {
  const taskId = chroot === SOURCE_CHROOT ? String(buildId) : `${buildId}-${chroot}`;
  await runCommandAction(false, () => {
    const settings = readSettings(backendConfig);
    return withClient(settings, async (open) => {
      await startBuild(open, settings, taskId);
      return EXIT_STATUS.ok;
    });
  });
  if (process.exitCode !== EXIT_STATUS.ok || daemon === true) return;
  const config = backendConfig === undefined ? [] : ['--config', backendConfig];
  await statusCommand().parseAsync([taskId, '--watch', ...config], { from: 'user' });
}

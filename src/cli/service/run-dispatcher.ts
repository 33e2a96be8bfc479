import { Argument, Command } from 'commander';
import { asProgram } from '../as-program.js';
import { EXIT_STATUS_HELP } from '../exit-status.js';
import { roleCommand } from './worker-command.js';

/** The work of the two dispatchers of the Python service, as roles of workers. */
const ROLES = { builds: 'all', actions: 'action' } as const;

const HELP = `
\`builds\` is \`copr-backend worker all\`: the poller, which looks for builds and actions, and workers for everything.
\`actions\` is \`copr-backend worker action\`: one more worker for actions, on this host or another.
${EXIT_STATUS_HELP}`;

/** The command line `copr-run-dispatcher-backend`, the old name of workers in the foreground. */
export function createRunDispatcher(): Command {
  const command = new Command('copr-run-dispatcher-backend')
    .description('run workers in the foreground until SIGTERM')
    .addArgument(new Argument('<kind>', 'what they do').choices(Object.keys(ROLES)))
    .option('-c, --config <file>', 'configuration (copr-be.conf)')
    .option('--allow-root', 'run as uid 0 (never for a service)')
    .addHelpText('after', HELP)
    .action(async (kind: keyof typeof ROLES, options: { readonly config?: string; readonly allowRoot?: boolean }) => {
      const config = options.config === undefined ? [] : ['--config', options.config];
      const allowRoot = options.allowRoot === true ? ['--allow-root'] : [];
      await roleCommand(command.name(), ROLES[kind]).parseAsync([...config, ...allowRoot], { from: 'user' });
    });
  return asProgram(command);
}

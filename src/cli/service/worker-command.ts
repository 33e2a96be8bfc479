import { Argument, Command, Option } from 'commander';
import { ConfigError } from '../../config/load.js';
import type { HttpListen } from '../../config/value-types.js';
import { ROLES, type Role } from '../../domain/service/roles.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, runCommandAction } from '../exit-status.js';
import { parseListen } from '../listen-argument.js';
import { requireConfigFile } from '../../starters/settings.js';
import { ALLOW_ROOT } from './service-user.js';

type WorkerOptions = CommonOptions & { readonly allowRoot?: boolean; readonly httpListen?: HttpListen };

/**
 * `worker ROLE`: runs Temporal workers until it is told to stop; loaded on demand, so that other commands stay quick.
 */
export function workerCommand(): Command {
  return withWorkerOptions(new Command('worker'))
    .description('run a worker until SIGTERM, then complete its work and end')
    .addArgument(new Argument('<role>', 'what it does').choices(ROLES))
    .action(run);
}

/** A worker of one role as a program of its own, as the dispatchers of the Python service were. */
export function roleCommand(name: string, role: Role): Command {
  return withWorkerOptions(new Command(name))
    .description(`run a worker until SIGTERM: the same as \`copr-backend worker ${role}\``)
    .action((options: WorkerOptions) => run(role, options));
}

function withWorkerOptions(command: Command): Command {
  return withCommonOptions(command)
    .option(...ALLOW_ROOT)
    .addOption(
      new Option('--http-listen <address>', 'HOST:PORT of /metrics and /queue for this process, or off').argParser(
        parseListen,
      ),
    );
}

function run(role: Role, options: WorkerOptions): Promise<void> {
  return runCommandAction(options.debug === true, async () => {
    const configFile = requireConfigFile(options.config);
    const { runWorker } = await import('../../workers/main.js');
    const { allowRoot = false, httpListen } = options;
    await runWorker({ role, configFile, allowRoot, httpListen }).catch(asConfigurationError);
    return EXIT_STATUS.ok;
  });
}

function asConfigurationError(error: unknown): never {
  if (error instanceof ConfigError) throw new CommandError(EXIT_STATUS.configuration, error.message, { cause: error });
  throw error;
}

import { accessSync, constants } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { lockForLife } from '../../adapters/process/lock-for-life.js';
import { packageVersion } from '../../adapters/process/package-version.js';
import { runLogDaemon } from '../../adapters/redis/log-daemon.js';
import { redisPlaceOf } from '../../adapters/redis/redis-connection.js';
import type { Config } from '../../config/schema.js';
import { secretsOf } from '../../config/shown-value.js';
import { copyToFiles } from '../../logging/log-copy.js';
import { createLogger } from '../../logging/logger.js';
import { pythonLevel } from '../../logging/python-record.js';
import { readConfig } from '../../starters/settings.js';
import type { CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';

const HELP = `
Needed only where log_to = redis, or where programs of the Python service still run: they send their records to the same
list of Redis. With log_to = files (the default) every process writes its files itself. It waits while Redis is away.

Example:
  copr-backend-log --config /etc/copr/copr-be.conf
${EXIT_STATUS_HELP}`;

/** `copr-backend-log`: the daemon that takes log records from Redis and writes the files of `log_dir`. */
export function logCommand(): Command {
  return new Command('copr-backend-log')
    .description('take log records from Redis and write the files of log_dir, until SIGTERM')
    .option('-c, --config <file>', 'configuration (copr-be.conf)') // -c: as the old daemon
    .option('--debug', 'show whole errors with their stacks')
    .addHelpText('after', HELP)
    .action((options: CommonOptions) =>
      runCommandAction(options.debug === true, async () => {
        await runDaemon(readConfig(options.config));
        return EXIT_STATUS.ok;
      }),
    );
}

async function runDaemon(config: Config): Promise<void> {
  const { logDir, logLevel } = config;
  await takeDirectory(logDir);
  const log = createLogger({
    ...{ level: logLevel, name: 'log', secrets: secretsOf(config) },
    copy: copyToFiles(logDir, () => 'logger'),
  });
  log.info({ version: packageVersion(), logDir }, 'the log daemon starts');
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'told to stop; what was taken is written first');
    stop.abort();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  await runLogDaemon({
    ...{ redis: redisPlaceOf(config), logDir, leastLevel: pythonLevel(logLevel), name: hostname(), log },
    signal: stop.signal,
  });
  log.info('the log daemon ended');
}

/** Two daemons of a host would take what the other one has not confirmed. */
async function takeDirectory(logDir: string): Promise<void> {
  try {
    accessSync(logDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const remedy = `make log_dir (install -d -o copr -g copr ${logDir}), and run this as the user copr`;
    throw new CommandError(EXIT_STATUS.configuration, `nothing can be written in ${logDir}: ${remedy}`, {
      cause: error,
    });
  }
  if (await lockForLife(path.join(logDir, '.copr-backend-log.lock'))) return;
  throw new CommandError(EXIT_STATUS.failed, `another copr-backend-log of this host writes ${logDir}: stop it first`);
}

import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { countHits } from '../../activities/maintenance/count-hits.js';
import { createCountNotes } from '../../adapters/access-logs/count-notes.js';
import { createLogFile } from '../../adapters/access-logs/log-file.js';
import { createHitCounters } from '../../adapters/frontend-http/hit-counters.js';
import type { Config } from '../../config/schema.js';
import type { AccessLogs } from '../../ports/maintenance/hit-counting.js';
import { readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { runRound, withTeller } from './run-round.js';
import { withDoubtful, type CountingOptions } from './counting-options.js';

/** Where the packages of the web servers log. */
const USUAL_LOGS = ['/var/log/lighttpd/access.log', '/var/log/nginx/access.log'];

const HELP = `
For logrotate's prerotate, or at any time: what was counted once is not counted again, also after the log was renamed.
  copr_log_hitcounter.py /var/log/lighttpd/access.log --dry-run
  copr_log_hitcounter.py /var/log/nginx/access.log
The log is hitcounter.log in log_dir.
${EXIT_STATUS_HELP}`;

/** `copr_log_hitcounter.py LOGFILE`: counts downloads in a web server's log (docs/neighbours/storage.md#hits). */
export function logHitcounterCommand(): Command {
  return withDoubtful(withCommonOptions(new Command('copr-log-hitcounter')))
    .description("add the downloads in an access log of lighttpd or nginx to the frontend's counters")
    .argument('[logfile]', `access log, not compressed; default: ${USUAL_LOGS.join(' or ')}`)
    .addHelpText('after', HELP)
    .action((logfile: string | undefined, options: CommonOptions & CountingOptions) =>
      runCommandAction(options.debug === true, () =>
        count(readConfig(options.config), createLogFile({ file: logfile ?? usualLog(), withRotated: false }), {
          ...options,
          logName: 'hitcounter.log',
        }),
      ),
    );
}

function usualLog(): string {
  const found = USUAL_LOGS.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new CommandError(EXIT_STATUS.usage, `name the access log: there is no ${USUAL_LOGS.join(' and no ')}`);
}

/** Counts in the foreground; `logName` is the old command's log file. */
export function count(
  config: Config,
  logs: AccessLogs,
  options: CountingOptions & { readonly logName: string },
): Promise<ExitStatus> {
  const { destdir, frontendBaseUrl: baseUrl, frontendAuth: password } = config;
  return withTeller({ logDir: config.logDir, name: options.logName }, (teller) => {
    const isTold = options.verbose === true || options.dryRun === true;
    const tell = isTold ? teller.tell : (line: string): void => teller.note('INFO', line);
    const deps = {
      logs,
      counters: createHitCounters({ baseUrl, password }),
      notes: createCountNotes({ destdir }),
      tell,
    };
    const job = countHits(deps, {
      tryIndefinitely: options.tryIndefinitely === true,
      doubtful: options.doubtful ?? null,
    });
    return runRound(job, { dryRun: options.dryRun === true, teller });
  });
}

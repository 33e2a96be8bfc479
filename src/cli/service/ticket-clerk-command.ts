import { Command } from 'commander';
import { withServiceLog } from '../../adapters/redis/service-log.js';
import { secretsOf } from '../../config/shown-value.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, runCommandAction } from '../exit-status.js';
import { readConfig } from '../../starters/settings.js';

/** `ticket-clerk`: the process that takes tickets for the workers of this host, as a separate service. */
export function ticketClerkCommand(): Command {
  return withCommonOptions(new Command('ticket-clerk'))
    .description('take Resalloc tickets for the workers of this host until SIGTERM (workers start one if none runs)')
    .action((options: CommonOptions) =>
      runCommandAction(options.debug === true, async () => {
        const config = readConfig(options.config);
        const { runTicketClerk } = await import('../../workers/run-ticket-clerk.js');
        const { stateDir, resallocConnection } = config;
        await withServiceLog(config, { name: 'ticket clerk', secrets: secretsOf(config) }, (log) =>
          runTicketClerk({ stateDir, resallocConnection, stays: true, log }),
        );
        return EXIT_STATUS.ok;
      }),
    );
}

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { checkTickets } from '../../activities/maintenance/check-tickets.js';
import { createResalloc } from '../../adapters/resalloc-xmlrpc/builder-pool.js';
import { createOpenTickets } from '../../adapters/resalloc-xmlrpc/open-tickets.js';
import { notedTickets } from '../../adapters/ticket-clerk/noted-tickets.js';
import type { Config } from '../../config/schema.js';
import type { OpenTickets } from '../../ports/maintenance/tickets.js';
import { withClient } from '../../starters/connect.js';
import { readConfig, requireConfigFile, settingsOf } from '../../starters/settings.js';
import { ticketUse } from '../../starters/under-way.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { runRound, withTeller } from './run-round.js';

type Options = CommonOptions & { readonly lookBack: number; readonly tickets?: string };

/** Ids below the oldest ticket in use that are asked about. */
const LOOK_BACK = 10_000;

const HELP = `
It closes nothing. The lines can be executed on any host that has Resalloc's client, after a look at them:
  copr-backend-unknown-resalloc-tickets
  resalloc-maint ticket-list | copr-backend-unknown-resalloc-tickets --tickets -
A ticket is named only if no build has it that has not ended. If Temporal, or a build's worker, does not answer, that is
not known: then it names none, says who does not answer, and exits with 1 or 4. Builds of a Python service that runs
beside this one are not known to Temporal.
${EXIT_STATUS_HELP}`;

/** `copr-backend-unknown-resalloc-tickets` (docs/neighbours/resalloc.md#unknown-tickets). */
export function unknownTicketsCommand(): Command {
  return withCommonOptions(new Command('copr-backend-unknown-resalloc-tickets'))
    .description('name open Resalloc tickets that no build has, with the command for each')
    .option(
      '--look-back <n>',
      'how many ids below the oldest ticket in use Resalloc is asked about',
      wholeNumber({ least: 0, most: 10_000_000 }),
      LOOK_BACK,
    )
    .option(
      '--tickets <file>',
      'open tickets, a line each that begins with the id, instead of asking; - is standard input',
    )
    .addHelpText('after', HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, () => {
        const config = readConfig(options.config);
        const settings = settingsOf(config, requireConfigFile(options.config));
        const resalloc = options.tickets === undefined ? askedTickets(config, options) : givenTickets(options.tickets);
        return withTeller(null, (teller) =>
          withClient(settings, (open) => {
            const job = checkTickets({ resalloc, use: ticketUse(open, config.stateDir), tell: teller.tell });
            // The lines are commands; nothing else belongs among them.
            return runRound(job, { dryRun: false, teller, isQuiet: true });
          }),
        );
      }),
    );
}

function askedTickets({ resallocConnection: url, stateDir }: Config, { lookBack }: Options): OpenTickets {
  return createOpenTickets({ resalloc: createResalloc({ url }), lookBack, noted: () => notedTickets(stateDir) });
}

function givenTickets(file: string): OpenTickets {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT_STATUS.usage, `the list of tickets cannot be read: ${why}`, { cause: error });
  }
  const ids = text.split('\n').map((line) => /^\s*(\d{1,15})\b/.exec(line)?.[1]);
  const tickets = ids.filter((id) => id !== undefined).map(Number);
  return { list: () => Promise.resolve([...new Set(tickets)].sort((a, b) => a - b)) };
}

/**
 * The program that a worker starts as the ticket clerk of its host:
 * `ticket-clerk-main.js STATE_DIR RESALLOC_CONNECTION`.
 */
import { ANOTHER_CLERK } from '../adapters/ticket-clerk/start-clerk.js';
import { createLogger } from '../logging/logger.js';
import { runTicketClerk } from './run-ticket-clerk.js';

process.setSourceMapsEnabled(true);
const [stateDir = '', resallocConnection = ''] = process.argv.slice(2);
const log = createLogger({ level: 'info', name: 'ticket clerk' });
try {
  const was = await runTicketClerk({ stateDir, resallocConnection, stays: false, log });
  process.exit(was ? 0 : ANOTHER_CLERK); // open connections to Resalloc must not delay the exit
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { clerkDirectory, makeClerkDirectory } from '../adapters/ticket-clerk/clerk-directory.js';
import { lockForLife } from '../adapters/process/lock-for-life.js';
import { serveClerk } from '../adapters/ticket-clerk/serve-clerk.js';
import { packageVersion } from '../adapters/process/package-version.js';
import { createResalloc } from '../adapters/resalloc-xmlrpc/builder-pool.js';
import type { Logger } from '../logging/logger.js';

const AGAIN_MS = 2000;

/**
 * Runs the ticket clerk of this host in this process, until SIGTERM or until nobody needs it (`serveClerk`). With
 * `stays`, waits while another process is the clerk; otherwise returns false in that case. Throws if it cannot start.
 */
export async function runTicketClerk(options: {
  readonly stateDir: string;
  readonly resallocConnection: string;
  readonly stays: boolean;
  readonly log: Logger;
}): Promise<boolean> {
  const { log } = options;
  log.info({ version: packageVersion() }, 'the ticket clerk starts');
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'told to stop; calls under way are noted first');
    stop.abort();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const directory = clerkDirectory(options.stateDir);
  makeClerkDirectory(directory);
  for (let waits = false; !(await lockForLife(directory.lockFile)); waits = true) {
    if (!options.stays || stop.signal.aborted) return false;
    if (!waits) log.info({ lock: directory.lockFile }, 'another clerk lives; waiting for its end');
    await sleep(AGAIN_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  log.info({ directory: directory.path, resalloc: options.resallocConnection }, 'the ticket clerk begins');
  const url = options.resallocConnection;
  await serveClerk({ directory, resalloc: createResalloc({ url }), url, stays: options.stays, stop: stop.signal, log });
  log.info({}, 'the ticket clerk ended');
  return true;
}

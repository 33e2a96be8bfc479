import type { Client } from '@temporalio/client';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/names/ids.js';
import type { DispatcherInput } from '../contracts/inputs.js';
import { ENTITY_START } from '../adapters/temporal/entity-start.js';

/** How often a poller checks that the dispatchers still run: one that was terminated by hand is started again. */
const ENSURE_MS = 30_000;

/**
 * Starts the dispatchers if they do not run, now and from then on; returns a function that ends this. Rejects if it
 * cannot start them now.
 */
export async function keepDispatchers(
  client: Client,
  log: { readonly warn: (fields: object, text: string) => void },
): Promise<() => void> {
  await ensureDispatchers(client);
  const timer = setInterval(() => {
    ensureDispatchers(client).catch((error: unknown) => {
      log.warn({ err: error }, 'the dispatchers cannot be checked; trying again');
    });
  }, ENSURE_MS);
  return () => clearInterval(timer);
}

/** Makes sure that both dispatchers run; a running one is left alone, even if another process started it. */
async function ensureDispatchers(client: Client): Promise<void> {
  const input: DispatcherInput = { state: null };
  const dispatchers = [
    ['buildDispatcher', BUILD_DISPATCHER_ID, 'admits builds'],
    ['actionDispatcher', ACTION_DISPATCHER_ID, 'admits actions'],
  ] as const;
  for (const [type, workflowId, staticSummary] of dispatchers) {
    await startWorkflow(client, type, {
      workflowId,
      ...ENTITY_START,
      input,
      staticSummary,
    });
  }
}

import type { Client } from '@temporalio/client';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID, trashWorkflowId } from '../contracts/names/ids.js';
import type { DispatcherInput, EmptyTrashInput } from '../contracts/inputs.js';
import { ENTITY_START } from '../adapters/temporal/entity-start.js';

/** How often a poller looks whether the dispatchers still run: one that was terminated by hand comes back. */
const ENSURE_MS = 30_000;

/** Seconds between two looks into the trash. */
const TRASH_PAUSE = 3600;

/**
 * Starts the dispatchers, and the workflow that empties the trash, where they do not run, now and from then on; returns
 * what ends that. Rejects if it cannot now.
 */
export async function keepDispatchers(
  client: Client,
  storage: string,
  log: { readonly warn: (fields: object, text: string) => void },
): Promise<() => void> {
  const ensure = async (): Promise<void> => {
    await ensureDispatchers(client);
    await ensureTrash(client, storage);
  };
  await ensure();
  const timer = setInterval(() => {
    ensure().catch((error: unknown) => {
      log.warn({ err: error }, 'dispatchers cannot be looked after; trying again');
    });
  }, ENSURE_MS);
  return () => clearInterval(timer);
}

async function ensureTrash(client: Client, storage: string): Promise<void> {
  const input: EmptyTrashInput = { storage, durations: DEFAULT_DURATIONS, pause: TRASH_PAUSE };
  await startWorkflow(client, 'emptyTrash', {
    workflowId: trashWorkflowId(storage),
    ...ENTITY_START,
    input,
    staticSummary: `removes what the trash of ${storage} held long enough`,
  });
}

/** Makes sure that both dispatchers run; one that does is left as it is, whoever started it. */
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

import { userInfo } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ENTITY_START } from '../adapters/temporal/entity-start.js';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { cutToFit } from '../contracts/bounded-text.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { ResignInput } from '../contracts/inputs.js';
import { pauseSignal, resignStatusQuery } from '../contracts/messages.js';
import { resignStart, resignWorkflowId } from '../contracts/names/ids.js';
import { searchAttributes } from '../contracts/search-attributes.js';
import { inStore, type StoreKind } from '../contracts/store-kind.js';
import type { ResignStatus, ResignTarget } from '../contracts/signing/resign.js';
import { projectOfDirname } from '../domain/build/build-directory.js';
import type { OpenClient } from './connect.js';
import { StarterFailure } from './starter-failure.js';

const QUERY_DEADLINE_MS = 8000;

/** Starts re-signing a project's directory; does not affect a run under way. `chroots` null: all. */
export async function startResigning(
  { client }: OpenClient,
  run: {
    readonly target: ResignTarget;
    readonly chroots: readonly string[] | null;
    readonly storage: string;
    readonly store: StoreKind;
  },
): Promise<void> {
  const { target, chroots, storage, store } = run;
  const durations = DEFAULT_DURATIONS;
  const input: ResignInput = { target, chroots, storage, durations, carried: null, ...inStore(store) };
  await startWorkflow(client, 'resign', {
    ...resignStart(target),
    ...ENTITY_START,
    input,
    typedSearchAttributes: searchAttributes({ owner: target.owner, project: projectOfDirname(target.dirname) }),
    staticSummary: cutToFit(`signing again ${target.owner}/${target.dirname}, wanted by ${userInfo().username}`),
  });
}

/** Pauses, resumes, or ends the run after the batch under way. Throws StarterFailure `notFound`. */
export async function steerResigning(
  { client }: OpenClient,
  target: ResignTarget,
  what: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const handle = client.workflow.getHandle(resignWorkflowId(target));
  try {
    if (what === 'cancel') await handle.cancel();
    else await handle.signal(pauseSignal, { by: what === 'pause' ? userInfo().username : null });
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? notResigned(target, error) : error;
  }
}

/** The progress of the run, or the end of the last one. Throws StarterFailure: `notFound`, `noAnswer`. */
export async function askResigning({ client }: OpenClient, target: ResignTarget): Promise<ResignStatus> {
  const handle = client.workflow.getHandle(resignWorkflowId(target));
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query(resignStatusQuery));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notResigned(target, error);
    throw new StarterFailure(
      'noAnswer',
      `${target.owner}/${target.dirname}: no worker answers; is \`copr-backend worker build\` or \`worker all\` running? It goes on when one does.`,
      { cause: error },
    );
  }
}

function notResigned(target: ResignTarget, cause: Error): StarterFailure {
  return new StarterFailure('notFound', `${target.owner}/${target.dirname} is not being signed again`, { cause });
}

import { userInfo } from 'node:os';
import { ENTITY_START } from '../adapters/temporal/entity-start.js';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { cutToFit } from '../contracts/bounded-text.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { ResignInput } from '../contracts/inputs.js';
import { resignStatusQuery } from '../contracts/messages.js';
import { resignStart, resignWorkflowId } from '../contracts/names/ids.js';
import { searchAttributes } from '../contracts/search-attributes.js';
import { inStore, type StoreKind } from '../contracts/store-kind.js';
import type { ResignStatus, ResignTarget } from '../contracts/signing/resign.js';
import { projectOfDirname } from '../domain/build/build-directory.js';
import type { OpenClient } from './connect.js';
import { steerRun, type SteeredRun } from './steered-run.js';

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

/** Ends the run after the batch under way. Throws StarterFailure `notFound`. */
export function cancelResigning(open: OpenClient, target: ResignTarget): Promise<void> {
  return steerRun(open, resignRun(target), (handle) => handle.cancel());
}

/** The run that signs a project's directory again. */
export function resignRun(target: ResignTarget): SteeredRun<ResignStatus> {
  const name = `${target.owner}/${target.dirname}`;
  return {
    ...{ workflowId: resignWorkflowId(target), name, status: resignStatusQuery },
    nothingRuns: `${name} is not being signed again`,
  };
}

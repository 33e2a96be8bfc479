import { userInfo } from 'node:os';
import { ENTITY_START } from '../adapters/temporal/entity-start.js';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { cutToFit } from '../contracts/bounded-text.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { ChangeStorageInput } from '../contracts/inputs.js';
import { storageMoveStatusQuery, undoSignal } from '../contracts/messages.js';
import { changeStorageStart, changeStorageWorkflowId, type ProjectId } from '../contracts/names/ids.js';
import type { StorageMoveStatus } from '../contracts/project/storage-move.js';
import { searchAttributes } from '../contracts/search-attributes.js';
import type { OpenClient } from './connect.js';
import { steerRun, type SteeredRun } from './steered-run.js';

/** Starts the move of a project to Pulp; does not affect one under way. `soak`: seconds. */
export async function startStorageMove(
  { client }: OpenClient,
  run: { readonly project: ProjectId; readonly soak: number; readonly storage: string },
): Promise<void> {
  const { project, soak, storage } = run;
  const input: ChangeStorageInput = { project, soak, storage, durations: DEFAULT_DURATIONS, carried: null };
  await startWorkflow(client, 'changeStorage', {
    ...changeStorageStart(project),
    ...ENTITY_START,
    input,
    typedSearchAttributes: searchAttributes(project),
    staticSummary: cutToFit(`moves ${project.owner}/${project.project} to Pulp, wanted by ${userInfo().username}`),
  });
}

/** Undoes the move after the step under way. Throws StarterFailure `notFound`, also if it has ended. */
export function undoStorageMove(open: OpenClient, project: ProjectId): Promise<void> {
  return steerRun(open, storageMoveRun(project), (handle) => handle.signal(undoSignal, { by: userInfo().username }));
}

/** The run that moves a project to Pulp. */
export function storageMoveRun(project: ProjectId): SteeredRun<StorageMoveStatus> {
  const name = `${project.owner}/${project.project}`;
  return {
    ...{ workflowId: changeStorageWorkflowId(project), name, status: storageMoveStatusQuery },
    nothingRuns: `${name} is not being moved to Pulp`,
  };
}

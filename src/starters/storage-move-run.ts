import { userInfo } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ENTITY_START } from '../adapters/temporal/entity-start.js';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import { cutToFit } from '../contracts/bounded-text.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { ChangeStorageInput } from '../contracts/inputs.js';
import { pauseSignal, storageMoveStatusQuery, undoSignal } from '../contracts/messages.js';
import { changeStorageStart, changeStorageWorkflowId, type ProjectId } from '../contracts/names/ids.js';
import type { StorageMoveStatus } from '../contracts/project/storage-move.js';
import { searchAttributes } from '../contracts/search-attributes.js';
import type { OpenClient } from './connect.js';
import { StarterFailure } from './starter-failure.js';

const QUERY_DEADLINE_MS = 8000;

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

/** Pauses, resumes or undoes the move after the step under way. Throws StarterFailure `notFound`, also if it has ended. */
export async function steerStorageMove(
  { client }: OpenClient,
  project: ProjectId,
  what: 'pause' | 'resume' | 'undo',
): Promise<void> {
  const handle = client.workflow.getHandle(changeStorageWorkflowId(project));
  const by = userInfo().username;
  try {
    if (what === 'undo') await handle.signal(undoSignal, { by });
    else await handle.signal(pauseSignal, { by: what === 'pause' ? by : null });
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? notMoving(project, error) : error;
  }
}

/** The progress of the move, or the end of the last one. Throws StarterFailure: `notFound`, `noAnswer`. */
export async function askStorageMove({ client }: OpenClient, project: ProjectId): Promise<StorageMoveStatus> {
  const handle = client.workflow.getHandle(changeStorageWorkflowId(project));
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query(storageMoveStatusQuery));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notMoving(project, error);
    throw new StarterFailure(
      'noAnswer',
      `${project.owner}/${project.project}: no worker answers; is \`copr-backend worker build\` or \`worker all\` running? It goes on when one does.`,
      { cause: error },
    );
  }
}

function notMoving({ owner, project }: ProjectId, cause: Error): StarterFailure {
  return new StarterFailure('notFound', `${owner}/${project} is not being moved to Pulp`, { cause });
}

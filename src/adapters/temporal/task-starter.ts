import {
  type Client,
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { cutToFit } from '../../contracts/bounded-text.js';
import { taskStart, type NamedStart } from '../../contracts/ids.js';
import type { ActionInput, BuildInput } from '../../contracts/inputs.js';
import { searchAttributes } from '../../contracts/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../contracts/task-queues.js';
import { parseTaskId } from '../../domain/build-directory.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { StartedTask, TaskStarter } from '../../ports/task-starter.js';
import { delivered } from './workflow-messages.js';

/** `INVALID_ARGUMENT` of gRPC. */
const INVALID_ARGUMENT = 3;

type Request = Parameters<TaskStarter['start']>[0];

const REPORT_AGAIN = [10, 60, 300];

/** Where a run's memo says which admission asked for it. */
const ADMISSION = 'admission';

/**
 * `TaskStarter` over a Temporal client. A task may run again under its id when the dispatcher admits it again, so an
 * id that is free says nothing: the memo of a run names the admission that it was started for. `reportAgain`: seconds
 * before each time that a new run sends a swallowed report.
 */
export function createTaskStarter(
  client: Client,
  taskQueue: string = WORKFLOW_QUEUE,
  reportAgain: readonly number[] = REPORT_AGAIN,
): TaskStarter {
  return {
    async start(request) {
      const { of, task, again } = request;
      const { taskId } = task;
      const name = taskStart(of, taskId);
      const { workflowId } = name;
      if (again && (await isOfThisAdmission(workflowId, request.admission))) return { taskId, is: 'started' };
      try {
        await accepted(
          client.workflow.start(of === 'builds' ? 'build' : 'action', {
            ...startOptions(request, name, reportAgain),
            taskQueue,
          }),
        );
        return { taskId, is: 'started' };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        const is = (await isOfThisAdmission(workflowId, request.admission)) ? 'started' : 'busy';
        return { taskId, is } satisfies StartedTask;
      }
    },
  };

  /** The latest run of this id; false when there never was one. */
  async function isOfThisAdmission(workflowId: string, admission: string): Promise<boolean> {
    try {
      const { memo } = await delivered(client.workflow.getHandle(workflowId).describe());
      return memo?.[ADMISSION] === admission;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}

/** A start that the server says is wrong will be wrong tomorrow; whatever else it says, it may take it later. */
async function accepted(start: Promise<unknown>): Promise<void> {
  await delivered(
    start.catch((error: unknown) => {
      const cause = error instanceof ServiceError ? error.cause : error;
      if (!isGrpcServiceError(cause) || (cause.code as number) !== INVALID_ARGUMENT) throw error;
      throw new PortFailure('BackendDefect', `Temporal does not take it: ${cause.details}`, { retryable: false });
    }),
  );
}

function startOptions(
  { of, task, admission, reportedAt, storage, durations }: Request,
  name: NamedStart,
  pauses: readonly number[],
): Omit<WorkflowStartOptions, 'taskQueue'> {
  const { taskId, owner } = task;
  const shared = {
    workflowId: name.workflowId,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    memo: { ...name.memo, [ADMISSION]: admission },
    staticSummary: cutToFit(`${of === 'builds' ? 'build' : 'action'} ${taskId} of ${owner}`),
  };
  if (of === 'actions') {
    const input: ActionInput = { actionId: Number(taskId), storage, durations };
    return { ...shared, args: [input], typedSearchAttributes: searchAttributes({ owner }) };
  }
  const on = reportedAt === undefined ? Number.NaN : Math.floor(Date.parse(reportedAt) / 1000);
  const reported = Number.isNaN(on) ? {} : { reported: { on, pauses } };
  const input: BuildInput = { taskId, storage, durations, ...reported };
  const parsed = parseTaskId(taskId);
  const buildId = String(parsed?.buildId ?? taskId);
  const attributes = searchAttributes({ owner, buildId, chroot: parsed?.chroot ?? '', stage: 'waiting' });
  return { ...shared, args: [input], typedSearchAttributes: attributes };
}

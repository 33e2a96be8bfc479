import {
  type Client,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { cutToFit } from '../../contracts/bounded-text.js';
import { taskStart, type NamedStart } from '../../contracts/names/ids.js';
import { searchAttributes } from '../../contracts/search-attributes.js';
import { WORKFLOW_QUEUE } from '../../contracts/names/task-queues.js';
import { parseTaskId } from '../../domain/build/build-directory.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { StartedTask, TaskStarter } from '../../ports/dispatch/task-starter.js';
import { hasGrpcStatus } from './grpc-status.js';
import { startWorkflow, type StartOptions } from './start-workflow.js';
import { delivered } from './workflow-messages.js';

type Request = Parameters<TaskStarter['start']>[0];

const REPORT_AGAIN = [10, 60, 300];

/** Memo key of the admission that asked for a run. */
const ADMISSION = 'admission';

/**
 * `TaskStarter` over a Temporal client. A task may run again under its id when the dispatcher admits it again, so a
 * free id proves nothing: the memo of a run names the admission that it was started for. `reportAgain`: seconds before
 * each repetition of a swallowed report by a new run.
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
          of === 'builds'
            ? startWorkflow(client, 'build', { ...buildOptions(request, name, reportAgain), taskQueue })
            : startWorkflow(client, 'action', { ...actionOptions(request, name), taskQueue }),
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

/** A start that the server calls invalid stays invalid; after any other error it may accept the start later. */
async function accepted(start: Promise<unknown>): Promise<void> {
  await delivered(
    start.catch((error: unknown) => {
      const cause = error instanceof ServiceError ? error.cause : error;
      if (!hasGrpcStatus(cause, 'invalidArgument')) throw error;
      throw new PortFailure('BackendDefect', `Temporal does not take it: ${cause.details}`);
    }),
  );
}

function buildOptions(
  request: Request,
  name: NamedStart,
  pauses: readonly number[],
): Omit<StartOptions<'build'>, 'taskQueue'> {
  const { task, reportedAt, storage, durations } = request;
  const { taskId, owner } = task;
  const on = reportedAt === undefined ? Number.NaN : Math.floor(Date.parse(reportedAt) / 1000);
  const reported = Number.isNaN(on) ? {} : { reported: { on, pauses } };
  const parsed = parseTaskId(taskId);
  const buildId = String(parsed?.buildId ?? taskId);
  const attributes = searchAttributes({ owner, buildId, chroot: parsed?.chroot ?? '', stage: 'waiting' });
  const input = { taskId, storage, durations, ...reported };
  return { ...admittedOptions(request, name, 'build'), input, typedSearchAttributes: attributes };
}

function actionOptions(request: Request, name: NamedStart): Omit<StartOptions<'action'>, 'taskQueue'> {
  const { task, storage, durations } = request;
  const input = { actionId: Number(task.taskId), storage, durations };
  const attributes = searchAttributes({ owner: task.owner });
  return { ...admittedOptions(request, name, 'action'), input, typedSearchAttributes: attributes };
}

function admittedOptions({ task, admission }: Request, name: NamedStart, kind: 'build' | 'action') {
  return {
    workflowId: name.workflowId,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    memo: { ...name.memo, [ADMISSION]: admission },
    staticSummary: cutToFit(`${kind} ${task.taskId} of ${task.owner}`),
  };
}

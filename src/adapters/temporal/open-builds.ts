import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { parseWorkflowId, workflowName } from '../../contracts/names/ids.js';
import { buildStatusQuery, cancelReasonSignal } from '../../contracts/messages.js';
import type { OpenBuild, OpenBuilds } from '../../ports/maintenance/reconciliation.js';
import { IS_OPEN } from './open-workflows.js';

const QUERY_DEADLINE_MS = 8000;

/** The builds that have not ended, over a Temporal client. */
export function createOpenBuilds(client: Client): OpenBuilds {
  const handleOf = ({ workflowId, runId }: OpenBuild): ReturnType<typeof client.workflow.getHandle> =>
    client.workflow.getHandle(workflowId, runId);
  return {
    list: async () => {
      const found: OpenBuild[] = [];
      for await (const execution of client.workflow.list({ query: `WorkflowType = "build" AND ${IS_OPEN}` })) {
        const id = parseWorkflowId(workflowName(execution));
        const { workflowId, runId } = execution;
        if (id?.kind === 'build') found.push({ taskId: id.taskId, workflowId, runId });
      }
      return found;
    },
    stageOf: async (build) => {
      try {
        const deadline = Date.now() + QUERY_DEADLINE_MS;
        return (await client.withDeadline(deadline, () => handleOf(build).query(buildStatusQuery))).stage;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || isGrpcServiceError(error)) return null;
        throw error;
      }
    },
    cancel: async (build, reason) => {
      await handleOf(build).signal(cancelReasonSignal, { reason });
      await client.workflowService.requestCancelWorkflowExecution({
        namespace: client.options.namespace,
        workflowExecution: { workflowId: build.workflowId, runId: build.runId },
        reason,
      });
    },
  };
}

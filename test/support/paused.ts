import { randomUUID } from 'node:crypto';
import { type Client, isGrpcServiceError } from '@temporalio/client';

/** Pauses a workflow like `temporal workflow pause`; null if the server cannot, or its operator has not enabled it. */
export async function pauseWorkflow(
  client: Client,
  workflowId: string,
): Promise<{ readonly unpause: () => Promise<void> } | null> {
  const { namespace } = client.options;
  const call = { namespace, workflowId, identity: 'test', reason: 'a test' };
  try {
    await client.workflowService.pauseWorkflowExecution({ ...call, requestId: randomUUID() });
  } catch (error) {
    if (isGrpcServiceError(error) && [3, 12].includes(error.code)) return null;
    throw error;
  }
  return {
    unpause: async () => {
      await client.workflowService.unpauseWorkflowExecution({ ...call, requestId: randomUUID() });
    },
  };
}

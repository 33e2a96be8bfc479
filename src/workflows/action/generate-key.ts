import { workflowInfo } from '@temporalio/workflow';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { projectWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import { askForKey } from '../signing/ask-for-key.js';
import type { ActionContext, Execute } from './execution.js';

/** Waits for the project's key. The project makes it, once for all who ask. */
export const generateKey: Execute<'gen_gpg_key'> = ({ project, sign }, context) =>
  sign ? waitForKey(project, context) : Promise.resolve([]);

/** Waits for the key in the project's main directory and says so in `status`; resolves with the failures. */
export async function waitForKey(project: ProjectId, context: ActionContext): Promise<readonly FailureFact[]> {
  const { activities, answers, input } = context;
  context.waitFor({
    reason: 'signing key',
    detail: `${project.owner}/${project.project}`,
    on: [projectWorkflowId(project)],
  });
  const wanted = { requestId: `${workflowInfo().runId}/key`, project, dirname: project.project };
  const failure = await askForKey({ activities, answers, resend: input.durations.resend }, wanted);
  return failure === null ? [] : [failure];
}

import { workflowInfo } from '@temporalio/workflow';
import type { FailureFact } from '../../contracts/failures.js';
import { projectWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import type { ActionContext, Execute } from './execution.js';

/** The project's key, made by the project itself: once, however many ask. */
export const generateKey: Execute<'gen_gpg_key'> = ({ project, sign }, context) =>
  sign ? askForKey(project, context) : Promise.resolve([]);

/** Waits until the project has its key, and its own directory the `pubkey.gpg`; what failed. */
export async function askForKey(project: ProjectId, context: ActionContext): Promise<readonly FailureFact[]> {
  context.waitFor({
    reason: 'signing key',
    detail: `${project.owner}/${project.project}`,
    on: [projectWorkflowId(project)],
  });
  const requestId = `${workflowInfo().runId}/key`;
  const send = (): Promise<void> => context.activities.requestKey({ requestId, project, dirname: project.project });
  const answers = await context.answers.ask([requestId], send, context.input.durations.resend);
  return answers.filter((failure) => failure !== null);
}

import { workflowInfo } from '@temporalio/workflow';
import type { CarryOut } from './carrying-out.js';

/** The project's key, made by the project itself: once, however many ask. */
export const generateKey: CarryOut<'gen_gpg_key'> = async ({ project, sign }, context) => {
  if (!sign) return [];
  context.waitFor({ reason: 'signing key', detail: `${project.owner}/${project.project}` });
  const requestId = `${workflowInfo().runId}/key`;
  const send = (): Promise<void> => context.activities.requestKey({ requestId, project, dirname: project.project });
  const answers = await context.answers.ask([requestId], send, context.input.durations.resend);
  return answers.filter((failure) => failure !== null);
};

import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { WaitReason } from '../../contracts/build/build.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { RepositoryRequestInput } from '../../contracts/inputs.js';
import { requestStatusQuery } from '../../contracts/messages.js';
import { Answers } from '../answers.js';
import { activitiesFor } from '../retry/proxies.js';

/**
 * A request from outside the workflows: a command, a script. It outlives its requester, and its result is the answer
 * (null: clients can see the change).
 */
export async function repositoryRequest(input: RepositoryRequestInput): Promise<FailureFact | null> {
  const usual = { reason: 'repository', detail: Object.values(input.repository).join('/') };
  let waitingFor: WaitReason = usual;
  setHandler(requestStatusQuery, () => ({ waitingFor }));
  const answers = new Answers((reason) => (waitingFor = reason));
  const requestId = `${workflowInfo().runId}/request`;
  const { repository, change } = input;
  const [failure = null] = await answers.ask(
    [requestId],
    () => activitiesFor(input).requestRepositories({ requests: [{ requestId, repository, change }] }),
    input.durations.resend,
  );
  return failure;
}

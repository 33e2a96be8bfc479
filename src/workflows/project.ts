import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { ProjectInput } from '../contracts/inputs.js';
import { projectWorkRequestedSignal, type ProjectWork, type Requester } from '../contracts/messages.js';
import { answerRequester } from './answer-requester.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

const MAX_HISTORY = 4000;

/**
 * A project's mailbox: what spans its directories, and its key, is worked off one by one in the order it came. All who
 * wait for the same key share one request. Ends when the mailbox was empty for a while.
 */
export async function project(input: ProjectInput): Promise<void> {
  const activities = activitiesFor(input);
  const mailbox: (Requester & { readonly work: ProjectWork })[] = [...(input.carried?.waiting ?? [])];
  setHandler(projectWorkRequestedSignal, (request) => {
    if (!mailbox.some((known) => known.requestId === request.requestId)) mailbox.push(request);
  });

  const busy = (): boolean => mailbox.length > 0;
  while (busy() || (await condition(busy, input.durations.linger * 1000))) {
    const work = mailbox[0]?.work;
    if (work === undefined) continue;
    setCurrentDetails(`**working on**: ${work.kind} (${work.dirname})\n\n**mailbox**: ${mailbox.length}`);
    let failure: FailureFact | null = null;
    try {
      await activities.ensureKey({ project: input.project, dirname: work.dirname });
    } catch (error) {
      failure = failureFact(error);
    }
    const served = mailbox.filter((request) => request.work.dirname === work.dirname);
    for (const request of served) mailbox.splice(mailbox.indexOf(request), 1);
    await Promise.all(served.map((request) => answerRequester(request, failure)));
    setCurrentDetails(`**mailbox**: ${mailbox.length}`);
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (input.historyLimit ?? MAX_HISTORY)) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof project>({ ...input, carried: { waiting: mailbox } });
    }
  }
}

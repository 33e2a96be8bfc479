import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { RepositoryInput } from '../contracts/inputs.js';
import { changeRequestedSignal, changesQuery, type RepositoryRequest, type Requester } from '../contracts/messages.js';
import type { RepositoryRun, RepositoryStatus } from '../contracts/repository.js';
import { takeBatch } from '../domain/repository-batch.js';
import { answerRequester } from './answer-requester.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

/** Answered request ids that are remembered, so that a request sent again is answered again and not done again. */
const REMEMBERED = 500;
/** Signals grow the history; begin anew well before the server's limits. */
const MAX_HISTORY = 4000;

/**
 * The single writer of one chroot directory's metadata. What has arrived while it was busy becomes one run; every
 * requester is answered for its own change. It ends when nothing is unanswered and nothing came for a while.
 */
export async function repository(input: RepositoryInput): Promise<void> {
  const { publishRepository } = activitiesFor(input);
  const waiting: RepositoryRequest[] = [...(input.carried?.waiting ?? [])];
  const answered = new Set(input.carried?.answered ?? []);
  let running: RepositoryRun | null = null;
  let runs = input.carried?.runs ?? 0;
  let lastPublished: RepositoryStatus['lastPublished'] = input.carried?.lastPublished ?? null;
  let lastFailure: RepositoryStatus['lastFailure'] = null;
  const again: Requester[] = [];

  setHandler(changeRequestedSignal, (request) => {
    if (answered.has(request.requestId)) again.push(request);
    else if (!waiting.some((known) => known.requestId === request.requestId)) waiting.push(request);
  });
  setHandler(changesQuery, (): RepositoryStatus => ({
    repository: input.repository,
    running,
    waiting: waiting.length,
    runs,
    lastPublished,
    lastFailure,
  }));

  const busy = (): boolean => waiting.length > 0 || again.length > 0;
  while (busy() || (await condition(busy, input.durations.linger * 1000))) {
    await answerAgain();
    const taken = takeBatch(waiting);
    if (taken === null) continue;
    running = taken.run;
    show();
    let failure: FailureFact | null = null;
    try {
      lastPublished = {
        ...(await publishRepository({ repository: input.repository, run: taken.run })),
        at: new Date().toISOString(),
      };
    } catch (error) {
      failure = failureFact(error);
      lastFailure = { ...failure, at: new Date().toISOString() };
    }
    runs += 1;
    running = null;
    for (const request of taken.batch) waiting.splice(waiting.indexOf(request), 1);
    await Promise.all(taken.batch.map((request) => answer(request, failure)));
    show();
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (input.historyLimit ?? MAX_HISTORY)) {
      await condition(allHandlersFinished);
      await answerAgain();
      const carried = { waiting, answered: [...answered], runs, lastPublished };
      await continueAsNew<typeof repository>({ ...input, carried });
    }
  }

  /** What was sent again although it was done: its answer got lost. */
  async function answerAgain(): Promise<void> {
    for (let repeated = again.shift(); repeated !== undefined; repeated = again.shift()) await answer(repeated, null);
  }

  async function answer(request: Requester, failure: FailureFact | null): Promise<void> {
    if (failure === null) remember(request.requestId);
    await answerRequester(request, failure);
  }

  function remember(requestId: string): void {
    answered.add(requestId);
    const [oldest] = answered;
    if (answered.size > REMEMBERED && oldest !== undefined) answered.delete(oldest);
  }

  function show(): void {
    const state = running === null ? 'idle' : describe(running);
    setCurrentDetails(
      [
        `**state**: ${state}${running?.devel === true ? ' (devel)' : ''}`,
        `**waiting**: ${waiting.length}`,
        `**runs**: ${runs}`,
        lastPublished === null ? '' : `**published**: ${lastPublished.packages} packages at ${lastPublished.at}`,
        lastFailure === null ? '' : `**last failure**: ${lastFailure.code}: ${lastFailure.message}`,
      ]
        .filter((line) => line !== '')
        .join('\n\n'),
    );
  }
}

/** A run in a few words; its lists may be long. */
function describe(run: RepositoryRun): string {
  const parts = [
    run.full ? 'full run' : '',
    run.add.length > 0 ? `adding ${run.add.length}` : '',
    run.delete.length > 0 ? `deleting ${run.delete.length}` : '',
    run.removeRpms.length > 0 ? `removing ${run.removeRpms.length} packages` : '',
    run.plan === null ? '' : `a list of ${run.plan.count}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'looking after the metadata' : parts.join(', ');
}

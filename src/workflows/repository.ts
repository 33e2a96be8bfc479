import { allHandlersFinished, condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { RepositoryInput } from '../contracts/inputs.js';
import { changeRequestedSignal, changesQuery, type RepositoryRequest, type Requester } from '../contracts/messages.js';
import { isChange, type Hold, type Published, type RepositoryStatus } from '../contracts/repository.js';
import { ENOUGH_COMPANY, pauseBeforeRun, recentStarts } from '../domain/publication-pace.js';
import { takeBatch, type Batch } from '../domain/repository-batch.js';
import { answerRequester, delayRequester } from './answer-requester.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';
import { showRepository } from './repository-details.js';

/** Answered request ids that are remembered, so that a request sent again is answered again and not done again. */
const REMEMBERED = 500;
/** Signals grow the history; begin anew well before the server's limits. */
const MAX_HISTORY = 4000;

/**
 * The single writer of one chroot directory's metadata. What has arrived while it was busy becomes one run, and in a
 * crowd runs keep a distance, so that few of them serve many; every
 * requester is answered for its own change when clients can see it: while an operator holds the repository at a
 * generation, changes are prepared and answered on release. It ends when nothing is unanswered, nothing came for a
 * while, and nothing that was deleted waits for its removal.
 */
export async function repository(input: RepositoryInput): Promise<void> {
  const activities = activitiesFor(input);
  const waiting: RepositoryRequest[] = [...(input.carried?.waiting ?? [])];
  const held: RepositoryRequest[] = [...(input.carried?.held ?? [])];
  const answered = new Set(input.carried?.answered ?? []);
  let running: RepositoryStatus['running'] = null;
  let runs = input.carried?.runs ?? 0;
  let starts = input.carried?.starts ?? [];
  /** Their common run failed for good: each has one of its own, so that only those fail that cannot be done. */
  const alone = new Set(input.carried?.alone ?? []);
  let collectAt = input.carried?.collectAt ?? null;
  let lastPublished: RepositoryStatus['lastPublished'] = input.carried?.lastPublished ?? null;
  let lastFailure: RepositoryStatus['lastFailure'] = null;
  const again: Requester[] = [];

  setHandler(changeRequestedSignal, (request) => {
    const isSame = (known: Requester): boolean => known.requestId === request.requestId;
    if (answered.has(request.requestId) || held.some(isSame)) again.push(request);
    else if (!waiting.some(isSame)) waiting.push(request);
  });
  const status = (): RepositoryStatus => ({
    ...{ repository: input.repository, running, waiting: waiting.length, held: held.length, runs },
    ...{ lastPublished, lastFailure },
  });
  setHandler(changesQuery, status);

  const busy = (): boolean => waiting.length > 0 || again.length > 0;
  while (busy() || (await isNeeded())) {
    await answerAgain();
    await keepDistance();
    const taken = takeBatch(waiting, ({ requestId }) => alone.has(requestId));
    if (taken === null) continue;
    running = taken.run ?? taken.operation;
    showRepository(status());
    let failure: FailureFact | null = null;
    let published: Published | null = null;
    try {
      published = await carryOut(taken);
      lastPublished = { ...published, at: new Date().toISOString() };
      collectAt = published.collectAt;
    } catch (error) {
      failure = failureFact(error);
      lastFailure = { ...failure, at: new Date().toISOString() };
    }
    runs += 1;
    running = null;
    if (failure !== null && failure.code !== 'ProjectDeleted' && taken.batch.length > 1) {
      for (const { requestId } of taken.batch) alone.add(requestId);
    } else {
      for (const request of taken.batch) {
        waiting.splice(waiting.indexOf(request), 1);
        alone.delete(request.requestId);
      }
      await settle(taken, { failure, hold: published?.hold ?? null });
    }
    showRepository(status());
    if (workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (input.eventLimit ?? MAX_HISTORY)) {
      await condition(allHandlersFinished);
      await answerAgain();
      const carried = {
        ...{ waiting, held, answered: [...answered], alone: [...alone] },
        ...{ runs, starts, collectAt, lastPublished },
      };
      await continueAsNew<typeof repository>({ ...input, carried });
    }
  }

  /**
   * Nobody waits behind a crowd, an operator's word, or others that have runs of their own; to look whether metadata exists is no run, and who comes with
   * a plan has gathered its work already.
   */
  async function keepDistance(): Promise<void> {
    const [first] = waiting;
    if (first === undefined || alone.has(first.requestId)) return;
    const { change } = first;
    if (!isChange(change) || change.kind === 'ensure' || change.plan !== null) return;
    const pause = pauseBeforeRun(starts, Date.now(), input.durations.pace * 1000);
    const isUrgent = (): boolean =>
      waiting.length >= ENOUGH_COMPANY || waiting.some((request) => !isChange(request.change));
    if (pause > 0) await condition(isUrgent, pause);
    starts = [...recentStarts(starts, Date.now()), Date.now()];
  }

  function carryOut(taken: Batch<RepositoryRequest>): Promise<Published> {
    const { repository } = input;
    return taken.run === null
      ? activities.operateRepository({ repository, operation: taken.operation })
      : activities.publishRepository({ repository, run: taken.run });
  }

  /** Waits for work; false when there can be none any more. What was deleted is removed in between, when it is due. */
  async function isNeeded(): Promise<boolean> {
    for (;;) {
      if (await condition(busy, input.durations.linger * 1000)) return true;
      if (collectAt !== null) {
        if (await condition(busy, Math.max(1, Date.parse(collectAt) - Date.now()))) return true;
        await collect();
        showRepository(status());
      } else if (held.length > 0) {
        await condition(busy);
        return true;
      } else return false;
    }
  }

  /** What cannot be removed now is tried again by the next run. */
  async function collect(): Promise<void> {
    try {
      collectAt = (await activities.collectRepository({ repository: input.repository })).collectAt;
    } catch (error) {
      collectAt = null;
      lastFailure = { ...failureFact(error), at: new Date().toISOString() };
    }
  }

  /** Answers whom the run served; those whose change is prepared only hear why it takes its time. */
  async function settle(
    taken: Batch<RepositoryRequest>,
    { failure, hold }: { readonly failure: FailureFact | null; readonly hold: Hold | null },
  ): Promise<void> {
    const isPrepared = (request: RepositoryRequest): boolean =>
      hold !== null && failure === null && taken.run !== null && request.change.kind !== 'ensure';
    held.push(...taken.batch.filter(isPrepared));
    const live = taken.batch.filter((request) => !isPrepared(request));
    const isReleased = failure === null && taken.operation?.kind === 'release';
    const released = isReleased ? held.splice(0) : [];
    await Promise.all([
      ...[...live, ...released].map((request) => answer(request, failure)),
      ...taken.batch.filter(isPrepared).map((request) => delayRequester(request, heldBy(hold))),
    ]);
  }

  /** What was sent again although it was done, or is held: the word about it got lost. */
  async function answerAgain(): Promise<void> {
    for (let repeated = again.shift(); repeated !== undefined; repeated = again.shift()) {
      if (answered.has(repeated.requestId)) await answer(repeated, null);
      else await delayRequester(repeated, heldBy(lastPublished?.hold ?? null));
    }
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
}

function heldBy(hold: Hold | null): { readonly reason: string; readonly detail: string } {
  const detail =
    hold === null ? '' : `generation ${hold.generation} since ${hold.since}, ${hold.by}: ${hold.reason ?? ''}`;
  return { reason: 'held by operator', detail: detail.replace(/: $/, '') };
}

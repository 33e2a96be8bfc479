import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { RepositoryInput } from '../contracts/inputs.js';
import { changeRequestedSignal, changesQuery, type RepositoryRequest } from '../contracts/messages.js';
import type { Published, RepositoryStatus } from '../contracts/repository.js';
import { EventBudget } from '../domain/event-budget.js';
import { joinedBy, NOBODY, pauseBeforeRun } from '../domain/publication-pace.js';
import type { Batch } from '../domain/repository-batch.js';
import { RepositoryMailbox } from '../domain/repository-mailbox.js';
import { ANSWERS_AT_ONCE, answerRequester, delayRequester } from './answer-requester.js';
import { workflowMillis, workflowTime } from './clock.js';
import { failureFact } from './failure-facts.js';
import { unless } from './give-up.js';
import { nextRun } from './next-run.js';
import { activitiesFor } from './proxies.js';
import { showRepository } from './repository-details.js';

/** Longest wait for what was deleted to be due. A look that comes too early does no harm: it answers when to look again. */
const LONGEST_WAIT = 24 * 3_600_000;

/**
 * The single writer of one chroot directory's metadata. What has arrived while it was busy becomes one run, and in a
 * crowd runs keep a distance, so that few of them serve many; every
 * requester is answered for its own change when clients can see it: while an operator holds the repository at a
 * generation, changes are prepared and answered on release. It ends when nothing is unanswered, nothing came for a
 * while, and nothing that was deleted waits for its removal.
 */
export async function repository(input: RepositoryInput): Promise<void> {
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  const mailbox = new RepositoryMailbox(input.carried?.mail ?? null);
  let running: RepositoryStatus['running'] = null;
  let runs = input.carried?.runs ?? 0;
  let crowd = input.carried?.crowd ?? NOBODY;
  let collectAt = input.carried?.collectAt ?? null;
  let lastPublished: RepositoryStatus['lastPublished'] = input.carried?.lastPublished ?? null;
  let lastFailure: RepositoryStatus['lastFailure'] = input.carried?.lastFailure ?? null;

  setHandler(changeRequestedSignal, (request) => {
    budget.spend('signal');
    mailbox.receive(request, lastPublished?.hold ?? null);
  });
  const status = (): RepositoryStatus => ({
    ...{ repository: input.repository, running, waiting: mailbox.waiting, held: mailbox.held, runs },
    ...{ lastPublished, lastFailure },
  });
  setHandler(changesQuery, status);

  const isBusy = (): boolean => mailbox.waiting > 0 || mailbox.hasWords;
  while (isBusy() || (await isNeeded())) {
    await sayWords();
    if (!budget.isSpent && mailbox.waiting > 0) {
      await keepDistance();
      await makeRun();
    }
    if (budget.isSpent) await beginAnew();
  }

  /** What was to be told to whom, a few at a time; the rest is told by the next run of this workflow. */
  async function sayWords(): Promise<void> {
    while (mailbox.hasWords && !budget.isSpent) {
      const words = mailbox.takeWords(ANSWERS_AT_ONCE);
      budget.spend('external', words.length);
      await Promise.all(
        words.map((word) =>
          'delay' in word ? delayRequester(word.to, word.delay) : answerRequester(word.to, word.failure, word.notes),
        ),
      );
    }
  }

  async function keepDistance(): Promise<void> {
    if (!mailbox.wantsCompany) return;
    const pause = pauseBeforeRun(crowd, workflowMillis(), input.durations.pace * 1000);
    if (pause !== null) {
      budget.spend('timer');
      await condition(() => mailbox.isUrgent, pause);
    }
    crowd = joinedBy(crowd, workflowMillis());
  }

  async function makeRun(): Promise<void> {
    const taken = mailbox.next();
    if (taken === null) return;
    running = taken.run ?? taken.operation;
    showRepository(status());
    try {
      // Where the storage is away for days, requests are sent again and again meanwhile.
      const kept = await unless(
        () => budget.isOverdrawn,
        () => carryOut(taken),
      );
      running = null;
      if (kept === null) return;
      runs += 1;
      lastPublished = { ...kept.result, at: workflowTime() };
      collectAt = kept.result.collectAt;
      mailbox.settle(taken, null, kept.result);
    } catch (error) {
      running = null;
      runs += 1;
      const failure = fail(error);
      if (failure.code !== 'ProjectDeleted' && taken.batch.length > 1) mailbox.divide(taken);
      else mailbox.settle(taken, failure, { hold: null });
    }
    showRepository(status());
  }

  function carryOut(taken: Batch<RepositoryRequest>): Promise<Published> {
    const { repository } = input;
    budget.spend('activity');
    return taken.run === null
      ? activities.operateRepository({ repository, operation: taken.operation })
      : activities.publishRepository({ repository, run: taken.run });
  }

  function fail(error: unknown): FailureFact {
    const failure = failureFact(error);
    lastFailure = { ...failure, at: workflowTime() };
    return failure;
  }

  /**
   * Waits for work, or until it is time to begin anew; false when there can be no work any more. What was deleted is
   * removed in between, when it is due.
   */
  async function isNeeded(): Promise<boolean> {
    while (!budget.isSpent) {
      budget.spend('timer');
      if (await condition(isBusy, input.durations.linger * 1000)) return true;
      crowd = NOBODY;
      if (collectAt !== null) {
        budget.spend('timer');
        const wait = Math.min(Math.max(Date.parse(collectAt) - workflowMillis(), 1), LONGEST_WAIT);
        if (await condition(isBusy, wait)) return true;
        await collect();
        showRepository(status());
      } else if (mailbox.held > 0) {
        await condition(isBusy);
        return true;
      } else return isBusy();
    }
    return true;
  }

  /** What cannot be removed now is tried again by the next run; nobody waits for it. */
  async function collect(): Promise<void> {
    budget.spend('activity');
    try {
      const kept = await unless(isBusy, () => activities.collectRepository({ repository: input.repository }));
      if (kept !== null) ({ collectAt } = kept.result);
    } catch (error) {
      collectAt = null;
      fail(error);
    }
  }

  async function beginAnew(): Promise<never> {
    await condition(allHandlersFinished);
    const carried = { mail: mailbox.mail(), runs, crowd, collectAt, lastPublished, lastFailure };
    return nextRun<typeof repository>({ ...input, carried });
  }
}

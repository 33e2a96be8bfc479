import { condition } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { RepositoryInput } from '../../contracts/inputs.js';
import {
  changeRequestedSignal,
  changesQuery,
  storeUnavailableSignal,
  type RepositoryRequest,
} from '../../contracts/messages.js';
import type { Published, RepositoryStatus } from '../../contracts/repository/repository.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';
import { EventBudget } from '../../domain/event-budget.js';
import type { Batch } from '../../domain/repository/repository-batch.js';
import { RepositoryMailbox } from '../../domain/repository/repository-mailbox.js';
import { RepositoryRecord } from '../../domain/repository/repository-record.js';
import { ANSWERS_AT_ONCE, answerRequester, delayRequester } from '../answer-requester.js';
import { workflowMillis, workflowTime } from '../clock.js';
import { failureFact } from '../failure-facts.js';
import { unless } from '../give-up.js';
import { onQuery, onSignal } from '../handlers.js';
import { longLived, type LongLived } from '../long-lived.js';
import { activitiesFor } from '../retry/proxies.js';
import { repositoryDetails } from './repository-details.js';

/** State shared by the parts of a repository. */
type Repository = {
  readonly input: RepositoryInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly mailbox: RepositoryMailbox;
  readonly record: RepositoryRecord;
  readonly life: LongLived;
};

/**
 * The single writer of one chroot directory's metadata. Requests that arrive during a run are merged into the next one,
 * and under load runs keep a distance, so that few of them serve many. Every requester is answered for its own change
 * once clients can see it; while an operator holds the repository at a generation, changes are prepared and answered on
 * release. Ends when nothing is unanswered, no request came for a while, and no deleted package waits for its removal.
 */
export async function repository(input: RepositoryInput): Promise<void> {
  const { carried } = input;
  const mailbox = new RepositoryMailbox(carried?.mail ?? null);
  const record = new RepositoryRecord(carried);
  const budget = new EventBudget(input.eventLimit);
  const status = (): RepositoryStatus => statusOf(input, mailbox, record);
  const life = longLived<typeof repository>({
    budget,
    handlers: () => [
      onSignal(changeRequestedSignal, (request) => mailbox.receive(request, record.past.lastPublished?.hold ?? null)),
      onSignal(storeUnavailableSignal, ({ waitingFor }) => mailbox.delay(waitingFor)),
      onQuery(changesQuery, status),
    ],
    details: () => repositoryDetails(status()),
    next: () => ({ ...input, carried: { mail: mailbox.mail(), ...record.past } }),
  });
  const run: Repository = { input, activities: activitiesFor(input), budget, mailbox, record, life };
  while (isBusy(run) || (await isNeeded(run))) {
    await sayWords(run);
    if (!budget.isSpent && mailbox.waiting > 0) {
      await keepDistance(run);
      await makeRun(run);
    }
    await life.continueAsNewWhenFull();
  }
}

function isBusy({ mailbox }: Repository): boolean {
  return mailbox.waiting > 0 || mailbox.hasWords;
}

/** Sends the pending answers, a few at a time; the next run of this workflow sends the rest. */
async function sayWords({ mailbox, budget }: Repository): Promise<void> {
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

async function keepDistance({ input, mailbox, record, budget }: Repository): Promise<void> {
  if (!mailbox.wantsCompany) return;
  const pause = record.pauseBeforeRun(workflowMillis(), input.durations.pace * 1000);
  if (pause !== null) {
    budget.spend('timer');
    await condition(() => mailbox.isUrgent, pause);
  }
  record.joinCrowd(workflowMillis());
}

async function makeRun(run: Repository): Promise<void> {
  const { mailbox, record, budget, life } = run;
  const taken = mailbox.next();
  if (taken === null) return;
  record.begin(taken.run ?? taken.operation);
  life.show();
  try {
    // While the storage is away, for days perhaps, requests are sent again and again.
    const kept = await sayingDelays(run, () =>
      unless(
        () => budget.isOverdrawn,
        () => execute(run, taken),
      ),
    );
    if (kept === null) {
      record.giveUp();
      return;
    }
    record.publish(kept.result, workflowTime(), storeOf(taken.run ?? taken.operation));
    mailbox.complete(taken, null, kept.result);
  } catch (error) {
    const failure = failureFact(error);
    record.fail(failure, workflowTime());
    if (failure.code !== 'ProjectDeleted' && taken.batch.length > 1) mailbox.divide(taken);
    else mailbox.complete(taken, failure, { hold: null });
  }
  life.show();
}

/** Tells those who wait for the work why it takes long, as soon as that is known. */
async function sayingDelays<T>({ mailbox, budget }: Repository, work: () => Promise<T>): Promise<T> {
  const state = { isDone: false };
  const end = work().finally(() => (state.isDone = true));
  end.catch(() => undefined); // awaited below
  for (;;) {
    await condition(() => state.isDone || (mailbox.hasDelays && !budget.isSpent));
    if (state.isDone) return end;
    const words = mailbox.takeDelays(ANSWERS_AT_ONCE);
    budget.spend('external', words.length);
    await Promise.all(words.map(({ to, delay }) => delayRequester(to, delay)));
  }
}

function execute(
  { input: { repository }, activities, budget }: Repository,
  taken: Batch<RepositoryRequest>,
): Promise<Published> {
  budget.spend('activity');
  return taken.run === null
    ? activities.operateRepository({ repository, operation: taken.operation })
    : activities.publishRepository({ repository, run: taken.run });
}

/**
 * Waits for work, or until it is time to continue as new; false once no work can come any more. Meanwhile deleted
 * packages are removed when they are due.
 */
async function isNeeded(run: Repository): Promise<boolean> {
  const { input, mailbox, record, budget } = run;
  const hasWork = (): boolean => isBusy(run) || budget.startsOver;
  while (!budget.isSpent) {
    budget.spend('timer');
    if (await condition(hasWork, input.durations.linger * 1000)) return true;
    record.leaveCrowd();
    const pause = record.pauseBeforeCollection(workflowMillis());
    if (pause !== null) {
      budget.spend('timer');
      if (await condition(hasWork, pause)) return true;
      await collect(run);
    } else if (mailbox.held > 0) {
      await condition(hasWork);
      return true;
    } else return hasWork();
  }
  return true;
}

async function collect(run: Repository): Promise<void> {
  const { input, activities, record, budget, life } = run;
  budget.spend('activity');
  try {
    const kept = await unless(
      () => isBusy(run) || budget.isOverdrawn,
      () => activities.collectRepository({ repository: input.repository, ...inStore(storeOf(record.past)) }),
    );
    if (kept !== null) record.collect(kept.result.collectAt);
  } catch (error) {
    record.failCollection(failureFact(error), workflowTime());
  }
  life.show();
}

function statusOf(
  { repository }: RepositoryInput,
  mailbox: RepositoryMailbox,
  record: RepositoryRecord,
): RepositoryStatus {
  const { waiting, held } = mailbox;
  const { runs, lastPublished, lastFailure } = record.past;
  return { repository, running: record.running, waiting, held, runs, lastPublished, lastFailure };
}

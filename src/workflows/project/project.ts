import { condition, getExternalWorkflowHandle } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { ProjectInput } from '../../contracts/inputs.js';
import {
  projectWorkRequestedSignal,
  type ProjectRequest,
  type ProjectStatus,
  requestAnsweredSignal,
  lockReleasedSignal,
  locksQuery,
} from '../../contracts/messages.js';
import { EventBudget } from '../../domain/event-budget.js';
import { ProjectMailbox, type LockRequest } from '../../domain/project/project-mailbox.js';
import { ANSWERS_AT_ONCE, answerRequester } from '../answer-requester.js';
import { workflowTime } from '../clock.js';
import type { Detail } from '../current-details.js';
import { failureFact } from '../failure-facts.js';
import { unless } from '../give-up.js';
import { onQuery, onSignal } from '../handlers.js';
import { longLived, type LongLived } from '../long-lived.js';
import { activitiesFor } from '../retry/proxies.js';

/** State shared by the parts of a project. */
type Project = {
  readonly input: ProjectInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly mailbox: ProjectMailbox;
  readonly life: LongLived;
};

/**
 * A project's mailbox. Work that spans its directories (a delete, a rename, the destination of a fork) gets its lock
 * one at a time, in the order of the requests; work that only reads them (the source of a fork) shares one. Its key is
 * made in parallel, once for all who wait. Neither waits for the other, whatever the signer's state. Ends after a while
 * without requests.
 */
export async function project(input: ProjectInput): Promise<void> {
  const mailbox = new ProjectMailbox(input.carried);
  const budget = new EventBudget(input.eventLimit);
  const life = longLived<typeof project>({
    budget,
    handlers: () => [
      onSignal(projectWorkRequestedSignal, (request) => mailbox.receive(request)),
      onSignal(lockReleasedSignal, ({ requestId }) => mailbox.end(requestId)),
      onQuery(locksQuery, () => statusOf(mailbox)),
    ],
    details: () => detailsOf(mailbox),
    next: () => ({ ...input, carried: mailbox.mail() }),
    // Key requests under way are given up, and the next run sends them again.
    isDrained: () => !mailbox.isMakingKeys,
  });
  const run: Project = { input, activities: activitiesFor(input), budget, mailbox, life };
  do {
    for (const dirname of mailbox.takeDirnames()) void makeKey(run, dirname);
    if (mailbox.hasLockToGrant) await grantLock(run);
    await life.continueAsNewWhenFull();
  } while (hasWork(run) || (await isNeeded(run)));
}

function hasWork({ mailbox, budget }: Project): boolean {
  return budget.isSpent || mailbox.hasLockToGrant || mailbox.hasKeyToMake;
}

/** Waits for work; false after a while without requests. Meanwhile it checks that lock holders still run. */
async function isNeeded(run: Project): Promise<boolean> {
  const { input, mailbox, budget } = run;
  if (mailbox.isEmpty) {
    budget.spend('timer');
    return condition(() => !mailbox.isEmpty, input.durations.linger * 1000);
  }
  if (mailbox.holders.length === 0) await condition(() => hasWork(run) || mailbox.isEmpty);
  else {
    budget.spend('timer');
    const isOver = (): boolean => hasWork(run) || mailbox.holders.length === 0;
    if (!(await condition(isOver, input.durations.resend * 10_000))) await repairHolders(run);
  }
  return true;
}

/** All requests for the key in the same directory share one request to the signer. */
async function makeKey({ input, activities, mailbox, budget, life }: Project, dirname: string): Promise<void> {
  life.show();
  let failure: FailureFact | null = null;
  let isMade = true;
  budget.spend('activity');
  try {
    // While the signer is away, for days perhaps, requests are sent again and again.
    const work = (): Promise<void> => activities.ensureKey({ project: input.project, dirname });
    isMade = (await unless(() => budget.isSpent, work)) !== null;
  } catch (error) {
    failure = failureFact(error);
  }
  while (isMade) {
    const served = mailbox.takeKeyRequests(dirname, ANSWERS_AT_ONCE);
    budget.spend('external', served.length);
    await Promise.all(served.map((request) => answerRequester(request, failure)));
    // The next run of this workflow answers the rest: a request for a key that exists is cheap.
    isMade = served.length === ANSWERS_AT_ONCE && !budget.isSpent;
  }
  mailbox.endKey(dirname);
  life.show();
}

async function grantLock(run: Project): Promise<void> {
  const { mailbox, life } = run;
  const holder = mailbox.grantLock(workflowTime());
  life.show();
  if (holder !== null && !(await tell(run, holder))) mailbox.end(holder.requestId);
}

/** A terminated holder cannot release its lock; the next one must not wait for it for ever. */
async function repairHolders(run: Project): Promise<void> {
  const { mailbox } = run;
  for (const holder of mailbox.holders) if (!(await tell(run, holder))) mailbox.end(holder.requestId);
}

/** Tells a requester that it has its lock; false if its run is over. */
async function tell({ budget }: Project, request: ProjectRequest): Promise<boolean> {
  budget.spend('external');
  try {
    const requester = getExternalWorkflowHandle(request.workflowId, request.runId);
    await requester.signal(requestAnsweredSignal, { requestId: request.requestId, failure: null });
    return true;
  } catch {
    return false;
  }
}

function statusOf({ holders, locksWaiting, keysWaiting }: ProjectMailbox): ProjectStatus {
  return {
    locks: holders.map((holder) => ({ ...named(holder), since: holder.since })),
    waiting: locksWaiting.map(named),
    keysWaiting,
  };
}

function named({ workflowId, work }: LockRequest): ProjectStatus['waiting'][number] {
  return { workflowId, purpose: work.purpose, shared: work.shared === true };
}

function detailsOf(mailbox: ProjectMailbox): readonly Detail[] {
  const { locks, waiting, keysWaiting } = statusOf(mailbox);
  const holders = locks.map(({ purpose, workflowId, since }) => `${purpose} (${workflowId}) since ${since}`);
  return [
    ['lock', holders.length === 0 ? 'nobody' : holders.join(', ')],
    ['waiting', String(waiting.length)],
    ['waiting for the key', keysWaiting === 0 ? '' : String(keysWaiting)],
  ];
}

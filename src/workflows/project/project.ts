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

/** What the parts of a project share. */
type Project = {
  readonly input: ProjectInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly mailbox: ProjectMailbox;
  readonly life: LongLived;
};

/**
 * A project's mailbox. What spans its directories (a delete, a rename, the destination of a fork) gets its lock one at a
 * time, in the order asked for; those that only read them (the source of a fork) share one. Its key is made beside that,
 * once however many wait. Neither waits for the other, whatever becomes of the signer. Ends when nothing was asked for a
 * while.
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
    // Keys that are being made are given up, and asked for again by the next run.
    isDrained: () => !mailbox.isMakingKeys,
  });
  const run: Project = { input, activities: activitiesFor(input), budget, mailbox, life };
  do {
    for (const dirname of mailbox.takeDirnames()) void makeKey(run, dirname);
    if (mailbox.hasLockToGrant) await grantLock(run);
    await life.beginAnewWhenFull();
  } while (hasWork(run) || (await isNeeded(run)));
}

function hasWork({ mailbox, budget }: Project): boolean {
  return budget.isSpent || mailbox.hasLockToGrant || mailbox.hasKeyToMake;
}

/** Waits for work; false when nothing was asked for a while. Holders are looked after meanwhile. */
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

/** All who wait for the key in the same directory share one request to the signer. */
async function makeKey({ input, activities, mailbox, budget, life }: Project, dirname: string): Promise<void> {
  life.show();
  let failure: FailureFact | null = null;
  let isMade = true;
  budget.spend('activity');
  try {
    // Where the signer is away for days, requests are sent again and again meanwhile.
    const work = (): Promise<void> => activities.ensureKey({ project: input.project, dirname });
    isMade = (await unless(() => budget.isSpent, work)) !== null;
  } catch (error) {
    failure = failureFact(error);
  }
  while (isMade) {
    const served = mailbox.takeKeyRequests(dirname, ANSWERS_AT_ONCE);
    budget.spend('external', served.length);
    await Promise.all(served.map((request) => answerRequester(request, failure)));
    // Those that are left are answered by the next run of this workflow: to ask for a key that is there costs little.
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

/** A holder that was terminated can say nothing more; the next one must not wait for it for ever. */
async function repairHolders(run: Project): Promise<void> {
  const { mailbox } = run;
  for (const holder of mailbox.holders) if (!(await tell(run, holder))) mailbox.end(holder.requestId);
}

/** Tells a requester that it has its lock; false when its run is over. */
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

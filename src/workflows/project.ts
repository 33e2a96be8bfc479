import {
  allHandlersFinished,
  condition,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { ProjectInput } from '../contracts/inputs.js';
import {
  projectWorkRequestedSignal,
  type ProjectRequest,
  type ProjectStatus,
  requestAnsweredSignal,
  turnEndedSignal,
  turnsQuery,
} from '../contracts/messages.js';
import { EventBudget } from '../domain/event-budget.js';
import { ProjectMailbox, type TurnRequest } from '../domain/project-mailbox.js';
import { ANSWERS_AT_ONCE, answerRequester } from './answer-requester.js';
import { workflowTime } from './clock.js';
import { failureFact } from './failure-facts.js';
import { unless } from './give-up.js';
import { nextRun } from './next-run.js';
import { activitiesFor } from './proxies.js';

/** Directories that get their key at the same time: one that cannot be written to holds up no other. */
export const KEYS_AT_ONCE = 5;

/**
 * A project's mailbox. What spans its directories (a delete, a rename, the destination of a fork) gets its turn one at a
 * time, in the order asked for; those that only read them (the source of a fork) share one. Its key is made beside that,
 * once however many wait. Neither waits for the other, whatever becomes of the signer. Ends when nothing was asked for a
 * while.
 */
export async function project(input: ProjectInput): Promise<void> {
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  const mailbox = new ProjectMailbox(input.carried);
  /** Directories whose key is being made, or whose requesters are being told. */
  const making = new Set<string>();

  setHandler(projectWorkRequestedSignal, (request) => {
    budget.spend('signal');
    mailbox.receive(request);
  });
  setHandler(turnEndedSignal, ({ requestId }) => {
    budget.spend('signal');
    mailbox.end(requestId);
  });
  setHandler(turnsQuery, status);

  const nextKey = (): string | undefined =>
    making.size < KEYS_AT_ONCE ? mailbox.dirnames.find((dirname) => !making.has(dirname)) : undefined;
  const isIdle = (): boolean => mailbox.isEmpty && making.size === 0;
  const hasWork = (): boolean => budget.isSpent || mailbox.hasTurnToGive || nextKey() !== undefined;
  for (;;) {
    for (let dirname = nextKey(); dirname !== undefined; dirname = nextKey()) void makeKey(dirname);
    if (mailbox.hasTurnToGive) await giveTurn();
    if (budget.isSpent) await beginAnew();
    if (hasWork()) continue;
    if (isIdle()) {
      budget.spend('timer');
      if (!(await condition(() => !isIdle(), input.durations.linger * 1000))) return;
    } else if (mailbox.holders.length === 0) await condition(() => hasWork() || isIdle());
    else {
      budget.spend('timer');
      const isOver = (): boolean => hasWork() || mailbox.holders.length === 0;
      if (!(await condition(isOver, input.durations.resend * 10_000))) await lookAfterHolders();
    }
  }

  /** All who wait for the key in the same directory share one request to the signer. */
  async function makeKey(dirname: string): Promise<void> {
    making.add(dirname);
    show();
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
    making.delete(dirname);
    show();
  }

  async function giveTurn(): Promise<void> {
    const holder = mailbox.giveTurn(workflowTime());
    show();
    if (holder !== null && !(await tell(holder))) mailbox.end(holder.requestId);
  }

  /** A holder that was terminated can say nothing more; the next one must not wait for it for ever. */
  async function lookAfterHolders(): Promise<void> {
    for (const holder of mailbox.holders) if (!(await tell(holder))) mailbox.end(holder.requestId);
  }

  /** Tells a requester that its turn has come; false when its run is over. */
  async function tell(request: ProjectRequest): Promise<boolean> {
    budget.spend('external');
    try {
      const requester = getExternalWorkflowHandle(request.workflowId, request.runId);
      await requester.signal(requestAnsweredSignal, { requestId: request.requestId, failure: null });
      return true;
    } catch {
      return false;
    }
  }

  /** Keys that are being made are given up, and asked for again by the next run. */
  async function beginAnew(): Promise<never> {
    await condition(() => making.size === 0 && allHandlersFinished());
    return nextRun<typeof project>({ ...input, carried: mailbox.mail() });
  }

  function status(): ProjectStatus {
    const { holders, turns, keysWaiting } = mailbox;
    return {
      turns: holders.map((holder) => ({ ...named(holder), since: holder.since })),
      waiting: turns.map(named),
      keysWaiting,
    };
  }

  function show(): void {
    const { turns, waiting, keysWaiting } = status();
    const holders = turns.map(({ purpose, workflowId, since }) => `${purpose} (${workflowId}) since ${since}`);
    setCurrentDetails(
      [
        `**turn**: ${holders.length === 0 ? 'nobody' : holders.join(', ')}`,
        `**waiting**: ${waiting.length}`,
        ...(keysWaiting === 0 ? [] : [`**waiting for the key**: ${keysWaiting}`]),
      ].join('\n\n'),
    );
  }
}

function named({ workflowId, work }: TurnRequest): ProjectStatus['waiting'][number] {
  return { workflowId, purpose: work.purpose, shared: work.shared === true };
}

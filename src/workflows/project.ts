import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { ProjectInput } from '../contracts/inputs.js';
import {
  projectWorkRequestedSignal,
  type ProjectRequest,
  type ProjectStatus,
  type ProjectWork,
  requestAnsweredSignal,
  turnEndedSignal,
  turnsQuery,
} from '../contracts/messages.js';
import { answerRequester } from './answer-requester.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

const MAX_HISTORY = 4000;

type KeyRequest = ProjectRequest<Extract<ProjectWork, { kind: 'ensureKey' }>>;
type TurnRequest = ProjectRequest<Extract<ProjectWork, { kind: 'turn' }>>;

/**
 * A project's mailbox. What spans its directories (a delete, a fork, a rename) gets its turn one at a time, in the order
 * asked for; its key is made beside that, once however many wait. Ends when nothing was asked for a while.
 */
export async function project(input: ProjectInput): Promise<void> {
  const activities = activitiesFor(input);
  const keys: KeyRequest[] = [];
  const turns: TurnRequest[] = [];
  let holder = input.carried?.holder ?? null;
  let sayAgain = false;
  let making = false;
  let ending = false;
  for (const request of input.carried?.waiting ?? []) queue(request);

  setHandler(projectWorkRequestedSignal, (request) => {
    // Asked again by the one whose turn it is: the answer got lost.
    if (request.requestId === holder?.requestId) sayAgain = true;
    else queue(request);
  });
  setHandler(turnEndedSignal, ({ requestId }) => {
    const waiting = turns.findIndex((turn) => turn.requestId === requestId);
    if (waiting >= 0) turns.splice(waiting, 1);
    if (holder?.requestId === requestId) holder = null;
  });
  setHandler(turnsQuery, status);

  const idle = (): boolean => keys.length === 0 && turns.length === 0 && holder === null;
  const full = (): boolean =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (input.eventLimit ?? MAX_HISTORY);
  const loops = Promise.all([makeKeys(), giveTurns()]);
  while (!ending) {
    const moved = await condition(() => idle() || full(), input.durations.resend * 10_000);
    if (!moved) await lookAfterHolder();
    else if (full()) {
      await condition(() => !making && !sayAgain && allHandlersFinished());
      const waiting = [...keys, ...turns];
      await continueAsNew<typeof project>({ ...input, carried: { waiting, holder: carriedHolder() } });
    } else if (!(await condition(() => !idle() || full(), input.durations.linger * 1000))) ending = true;
  }
  await loops;

  function queue(request: ProjectRequest): void {
    const isKnown = [...keys, ...turns].some((known) => known.requestId === request.requestId);
    if (isKnown) return;
    if (request.work.kind === 'ensureKey') keys.push({ ...request, work: request.work });
    else turns.push({ ...request, work: request.work });
  }

  /** All who wait for the key in the same directory share one request to the signer. */
  async function makeKeys(): Promise<void> {
    for (;;) {
      await condition(() => ending || keys.length > 0);
      const dirname = keys[0]?.work.dirname;
      if (dirname === undefined) return;
      making = true;
      show();
      let failure: FailureFact | null = null;
      try {
        await activities.ensureKey({ project: input.project, dirname });
      } catch (error) {
        failure = failureFact(error);
      }
      const served = keys.filter((request) => request.work.dirname === dirname);
      for (const request of served) keys.splice(keys.indexOf(request), 1);
      await Promise.all(served.map((request) => answerRequester(request, failure)));
      making = false;
      show();
    }
  }

  async function giveTurns(): Promise<void> {
    for (;;) {
      await condition(() => ending || sayAgain || (holder === null && turns.length > 0 && !full()));
      if (ending) return;
      const next = holder === null ? turns.shift() : undefined;
      if (next !== undefined) holder = { ...next, since: new Date().toISOString() };
      sayAgain = false;
      show();
      if (holder !== null && !(await tell(holder))) holder = null;
    }
  }

  /** A holder that was terminated can say nothing more; the next one must not wait for it for ever. */
  async function lookAfterHolder(): Promise<void> {
    const asked = holder;
    if (asked !== null && !(await tell(asked)) && isHolder(asked.requestId)) holder = null;
  }

  function isHolder(requestId: string): boolean {
    return holder?.requestId === requestId;
  }

  function carriedHolder(): typeof holder {
    return holder;
  }

  function status(): ProjectStatus {
    const named = ({ workflowId, work }: ProjectRequest): { workflowId: string; purpose: string } => ({
      workflowId,
      purpose: work.kind === 'turn' ? work.purpose : 'key',
    });
    return {
      turn: holder === null ? null : { ...named(holder), since: holder.since },
      waiting: turns.map(named),
      keysWaiting: keys.length,
    };
  }

  function show(): void {
    const { turn, waiting, keysWaiting } = status();
    setCurrentDetails(
      [
        `**turn**: ${turn === null ? 'nobody' : `${turn.purpose} (${turn.workflowId}) since ${turn.since}`}`,
        `**waiting**: ${waiting.length}`,
        ...(keysWaiting === 0 ? [] : [`**waiting for the key**: ${keysWaiting}`]),
      ].join('\n\n'),
    );
  }
}

/** Tells a requester that its turn has come; false when its run is over. */
async function tell(request: ProjectRequest): Promise<boolean> {
  try {
    const requester = getExternalWorkflowHandle(request.workflowId, request.runId);
    await requester.signal(requestAnsweredSignal, { requestId: request.requestId, failure: null });
    return true;
  } catch {
    return false;
  }
}

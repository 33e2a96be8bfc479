import { condition, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { PruneInput } from '../../contracts/inputs.js';
import { pruneStatusQuery } from '../../contracts/messages.js';
import type { OpenPruneStep, PruneCursor, PruneOutcome, PruneStatus, PruneStep } from '../../contracts/prune/prune.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { EventBudget } from '../../domain/event-budget.js';
import { PruneRun } from '../../domain/prune/prune-run.js';
import { Answers, MAX_PAUSE, type Reply } from '../answers.js';
import { workflowTime } from '../clock.js';
import { type Detail, stageText, waitText } from '../current-details.js';
import { onPause, onQuery } from '../handlers.js';
import { longLived } from '../long-lived.js';
import { activitiesFor } from '../retry/proxies.js';

/** State shared by the parts of a prune run. */
type Prune = {
  readonly input: PruneInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly answers: Answers;
  readonly state: PruneRun;
  readonly show: () => void;
  /** The error that ended the wait for an answer, and ends the run. */
  brokenBy: Error | null;
};

/**
 * Executes a plan of the pruner, directory by directory: a step is a few lines of one directory, which are checked once
 * more and then sent to its `repository`. During a pause, steps under way finish and no new one begins. Failures are
 * reported, and the rest goes on, even while a repository takes days for its answer. At the end the frontend learns
 * which chroots were pruned for the last time.
 */
export async function pruneResults(input: PruneInput): Promise<PruneOutcome> {
  const budget = new EventBudget(input.eventLimit);
  const state = new PruneRun(input, input.carried, workflowTime());
  const answers = new Answers(undefined, budget);
  const life = longLived<typeof pruneResults>({
    budget,
    handlers: (show) => [
      onPause((by) => state.pause(by, workflowTime()), show),
      onQuery(pruneStatusQuery, () => state.status()),
    ],
    details: () => detailsOf(state.status()),
    next: () => ({ ...input, carried: state.carried() }),
  });
  const run: Prune = {
    input,
    activities: activitiesFor(input),
    budget,
    answers,
    state,
    show: life.show,
    brokenBy: null,
  };
  life.show();
  for (const open of input.carried?.open ?? []) follow(run, open, true);
  await workOff(run);
  await condition(() => state.isAllAnswered || isOver(run));
  if (run.brokenBy !== null) throw run.brokenBy;
  await life.continueAsNewWhenFull();
  return report(run);
}

function isOver({ brokenBy, budget }: Prune): boolean {
  return brokenBy !== null || budget.isSpent;
}

async function workOff(run: Prune): Promise<void> {
  const { state, show } = run;
  for (let at = state.cursor; at !== null && !isOver(run); at = state.cursor) {
    await condition(() => state.mayBegin || isOver(run));
    if (isOver(run)) return;
    state.ask();
    const open = state.recordStep(at, await ask(run, at), workflowTime());
    if (open !== null) follow(run, open, false);
    show();
  }
}

/** Checks the next lines of the plan and requests them from their repository. */
function ask({ input, activities, budget }: Prune, at: PruneCursor): Promise<PruneStep> {
  budget.spend('activity');
  const { plan, stepLines } = input;
  return activities.requestPruning({ plan, at, lines: stepLines, requestId: requestIdOf(at) });
}

function follow(run: Prune, open: OpenPruneStep, isAnswerLost: boolean): void {
  complete(run, open, isAnswerLost).catch((error: unknown) => {
    run.brokenBy = error instanceof Error ? error : new Error(String(error));
  });
}

/** Waits for the repository's answer; a lost answer is found by asking again, at growing intervals. */
async function complete(run: Prune, open: OpenPruneStep, isAnswerLost: boolean): Promise<void> {
  const { input, answers, state, show } = run;
  const requestId = requestIdOf(open.at);
  for (let pause = input.durations.resend, isLost = isAnswerLost; ; pause = Math.min(pause * 2, MAX_PAUSE)) {
    const reply = isLost ? null : await answers.takeReply(requestId, pause * 1000);
    isLost = false;
    if (reply === null && (await ask(run, open.at)).asked > 0) continue;
    state.complete(open, reply === null ? null : failureOf(reply), workflowTime());
    show();
    return;
  }
}

/** A delay means a held repository: it will do the work on release, and nobody waits for that. */
function failureOf(reply: Reply): FailureFact | null {
  if (!('delay' in reply)) return reply.failure;
  return { code: 'RepositoryFailed', message: waitText(reply.delay) };
}

async function report({ input, activities, state, show }: Prune): Promise<PruneOutcome> {
  state.report(workflowTime());
  show();
  const { finished } = await activities.reportFinalPrune({ plan: input.plan, unwell: state.unwell });
  const outcome = state.end(finished, workflowTime());
  show();
  return outcome;
}

/** Unique per run: the answer goes to the run that asked. */
function requestIdOf(at: PruneCursor): string {
  return `${workflowInfo().runId}/${at.section ?? 'new'}/${at.line}`;
}

function detailsOf(status: PruneStatus): readonly Detail[] {
  const { pausedBy, gone, kept, failed, plan, underWay, troubles } = status;
  const last = troubles.at(-1);
  return [
    ['stage', `${stageText(status)}${pausedBy === null ? '' : `, wanted by ${pausedBy}`}`],
    ['gone', `${gone} of ${plan.count}; kept: ${kept}; failed: ${failed}`],
    ['under way', underWay.join(', ') || 'nothing'],
    ['last failure', last === undefined ? '' : `${last.where}: ${failureText(last.failure)}`],
  ];
}

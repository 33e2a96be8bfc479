import { CancellationScope, CancelledFailure, setHandler } from '@temporalio/workflow';
import type { ActionEnd, ActionOutcome } from '../../contracts/action/action.js';
import type { Activities } from '../../contracts/activities.js';
import { cutToFit } from '../../contracts/bounded-text.js';
import type { ActionInput, RequestPlace } from '../../contracts/inputs.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { actionStatusQuery, cancelReasonSignal } from '../../contracts/messages.js';
import { canceledText, failureText, ON_REQUEST } from '../../contracts/failures/failure-text.js';
import { EVENT_COST, EventBudget } from '../../domain/event-budget.js';
import { ActionProgress } from './action-progress.js';
import { REQUESTS_AT_ONCE } from './ask-repositories.js';
import { execute } from './execute.js';
import { Answers } from '../answers.js';
import { endOf } from '../end-of.js';
import { failedEnd } from '../failed-end.js';
import { nextRun } from '../next-run.js';
import { activitiesFor } from '../retry/proxies.js';

/** Events caused by the answers of one round: it keeps the history of an action's run below some 50 KiB. */
const EVENTS_OF_ROUND = REQUESTS_AT_ONCE * EVENT_COST.signal;
/** Maximum length of a report's message, in bytes: nobody reads more. */
const MAX_MESSAGE = 1000;

/** State shared by the parts of an action. */
type Action = {
  readonly input: ActionInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly answers: Answers;
  readonly progress: ActionProgress;
  cancelReason: string;
  /** A remark on the result, beside success or failure. */
  note?: string;
};

/**
 * Runs one action of the frontend: parses it, executes it through the single owners of what it touches (a chroot's
 * metadata, a project's key), then reports it with a message that says what failed.
 */
export async function action(input: ActionInput): Promise<ActionEnd> {
  const run = begin(input);
  const { progress, activities } = run;
  let cancel: CancelledFailure | undefined;
  let failures: readonly FailureFact[];
  try {
    failures = await work(run);
  } catch (error) {
    const { isCanceled, failure } = endOf(error);
    if (isCanceled) cancel = new CancelledFailure(`action ${input.actionId} was canceled`);
    failures = [isCanceled ? { code: 'Canceled', message: canceledText(run.cancelReason) } : failure];
  }
  const outcome = outcomeOf(failures, run.note);
  progress.report(failures[0]);
  await CancellationScope.nonCancellable(() => activities.finishAction({ actionId: input.actionId, outcome }));
  progress.end(outcome);
  if (outcome.result === 'succeeded') return outcome;
  throw cancel ?? failedEnd({ code: failures[0]?.code ?? 'BackendDefect', message: outcome.message });
}

function begin(input: ActionInput): Action {
  const progress = new ActionProgress(input.actionId);
  const budget = new EventBudget(input.eventLimit ?? EVENTS_OF_ROUND);
  const run: Action = {
    ...{ input, activities: activitiesFor(input), budget, progress },
    answers: new Answers((waitingFor) => progress.waitFor(waitingFor), budget),
    cancelReason: input.carried?.cancelReason ?? ON_REQUEST,
  };
  setHandler(actionStatusQuery, () => progress.status);
  setHandler(cancelReasonSignal, ({ reason }) => {
    run.cancelReason = reason;
  });
  return run;
}

/** Resolves with the failures; empty: it succeeded. */
async function work(run: Action): Promise<readonly FailureFact[]> {
  const { input, activities, answers, budget, progress } = run;
  const plan = input.carried?.plan ?? (await activities.beginAction({ actionId: input.actionId }));
  progress.work(plan.type);
  const continueAsNewWhenFull = async (place: RequestPlace): Promise<void> => {
    if (!budget.isSpent) return;
    await nextRun<typeof action>(() => ({ ...input, carried: { plan, place, cancelReason: run.cancelReason } }));
  };
  return execute(plan, {
    ...{ input, activities, answers, continueAsNewWhenFull },
    place: input.carried?.place ?? { answered: 0, failures: [] },
    waitFor: (waitingFor) => progress.waitFor(waitingFor),
    note: (text) => (run.note = text),
  });
}

function outcomeOf(failures: readonly FailureFact[], note: string | undefined): ActionOutcome {
  const noted = note === undefined ? {} : { note };
  if (failures.length === 0) return { result: 'succeeded', ...noted };
  const message = failures.map(failureText).join('; ');
  return { ...noted, result: 'failed', message: cutToFit(message, MAX_MESSAGE) };
}

import {
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  metricMeter,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { ActionOutcome, ActionStatus } from '../contracts/action.js';
import { cutToFit } from '../contracts/bounded-text.js';
import type { ActionInput, RequestPlace } from '../contracts/inputs.js';
import type { FailureFact } from '../contracts/failures.js';
import { actionStatusQuery, cancelReasonSignal } from '../contracts/messages.js';
import { EVENT_COST, EventBudget } from '../domain/event-budget.js';
import { REQUESTS_AT_ONCE } from './actions/ask-repositories.js';
import { carryOut } from './actions/carry-out.js';
import { Answers } from './answers.js';
import { workflowMillis, workflowTime } from './clock.js';
import { failureFact } from './failure-facts.js';
import { nextRun } from './next-run.js';
import { activitiesFor } from './proxies.js';

/** Events that the answers of one round cause: no run of an action has a history of more than some 50 KiB. */
const EVENTS_OF_ROUND = REQUESTS_AT_ONCE * EVENT_COST.signal;
/** Bytes of a report's message: a person reads no more. */
const LONGEST_MESSAGE = 1000;

/**
 * One action of the frontend: parsed first, then carried out through the single owners of what it touches (a chroot's
 * metadata, a project's key), then reported with the message that says what failed.
 */
export async function action(input: ActionInput): Promise<ActionOutcome> {
  const activities = activitiesFor(input);
  const stageSeconds = metricMeter.createHistogram('copr_action_stage_seconds', 'float');
  let status: ActionStatus = {
    task: `action/${input.actionId}`,
    kind: 'action',
    type: null,
    stage: 'preparing',
    since: workflowTime(),
    waitingFor: null,
    lastFailure: null,
    outcome: null,
  };
  let cancelReason = input.carried?.cancelReason ?? 'on request';
  const budget = new EventBudget(input.eventLimit ?? EVENTS_OF_ROUND);
  const answers = new Answers((waitingFor) => show({ waitingFor }), budget);
  setHandler(actionStatusQuery, () => status);
  setHandler(cancelReasonSignal, ({ reason }) => {
    cancelReason = reason;
  });
  let note: string | undefined;
  let cancel: CancelledFailure | undefined;
  let failures: readonly FailureFact[];
  try {
    const plan = input.carried?.plan ?? (await activities.beginAction({ actionId: input.actionId }));
    show({ type: plan.type, stage: 'working' });
    const beginAnewWhenFull = async (place: RequestPlace): Promise<void> => {
      if (!budget.isSpent) return;
      await nextRun<typeof action>({ ...input, carried: { plan, place, cancelReason } });
    };
    failures = await carryOut(plan, {
      ...{ input, activities, answers, beginAnewWhenFull },
      place: input.carried?.place ?? { answered: 0, failures: [] },
      waitFor: (waitingFor) => show({ waitingFor }),
      note: (text) => (note = text),
    });
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const failure = failureFact(error);
    if (failure.code === 'Canceled') {
      cancel = new CancelledFailure(`action ${input.actionId} was canceled`);
      failures = [{ ...failure, message: `canceled ${cancelReason}` }];
    } else failures = [failure];
  }
  const noted = note === undefined ? {} : { note };
  const outcome: ActionOutcome =
    failures.length === 0
      ? { result: 'succeeded', ...noted }
      : {
          ...noted,
          result: 'failed',
          message: cutToFit(failures.map(({ code, message }) => `${code}: ${message}`).join('; '), LONGEST_MESSAGE),
        };
  const [failure] = failures;
  if (failure !== undefined) show({ lastFailure: { ...failure, at: workflowTime() } });
  show({ stage: 'reporting', waitingFor: null });
  await CancellationScope.nonCancellable(() => activities.finishAction({ actionId: input.actionId, outcome }));
  show({ stage: 'ended', outcome });
  if (cancel !== undefined) throw cancel;
  return outcome;

  function show(changed: Partial<ActionStatus>): void {
    if (changed.stage !== undefined) {
      stageSeconds.record((workflowMillis() - Date.parse(status.since)) / 1000, {
        type: status.type ?? 'unread',
        stage: status.stage,
      });
    }
    const since = changed.stage === undefined ? status.since : workflowTime();
    status = { ...status, ...changed, since };
    setCurrentDetails(
      `**${status.type ?? 'action'}**: ${status.stage} since ${status.since}` +
        (status.waitingFor === null
          ? ''
          : `\n\n**waiting for**: ${status.waitingFor.reason}, ${status.waitingFor.detail}`) +
        (status.lastFailure === null ? '' : `\n\n**last failure**: ${status.lastFailure.message}`),
    );
  }
}

import {
  CancellationScope,
  CancelledFailure,
  metricMeter,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActionOutcome, ActionPlan, ActionStatus } from '../contracts/action.js';
import type { ActionInput } from '../contracts/inputs.js';
import type { FailureFact } from '../contracts/failures.js';
import { actionStatusQuery, cancelReasonSignal } from '../contracts/messages.js';
import { Answers } from './answers.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

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
    since: new Date().toISOString(),
    waitingFor: null,
    lastFailure: null,
    outcome: null,
  };
  let cancelReason = 'on request';
  const answers = new Answers((waitingFor) => show({ waitingFor }));
  setHandler(actionStatusQuery, () => status);
  setHandler(cancelReasonSignal, ({ reason }) => {
    cancelReason = reason;
  });
  let cancel: CancelledFailure | undefined;
  let failures: readonly FailureFact[];
  try {
    const plan = await activities.beginAction({ actionId: input.actionId });
    show({ type: plan.type, stage: 'working', waitingFor: waitingFor(plan) });
    failures = await carryOut(plan);
  } catch (error) {
    const failure = failureFact(error);
    if (failure.code === 'Canceled') {
      cancel = new CancelledFailure(`action ${input.actionId} was canceled`);
      failures = [{ ...failure, message: `canceled ${cancelReason}` }];
    } else failures = [failure];
  }
  const outcome: ActionOutcome =
    failures.length === 0
      ? { result: 'succeeded' }
      : {
          result: 'failed',
          message: failures
            .map(({ code, message }) => `${code}: ${message}`)
            .join('; ')
            .slice(0, 1000),
        };
  const [failure] = failures;
  if (failure !== undefined) show({ lastFailure: { ...failure, at: new Date().toISOString() } });
  show({ stage: 'reporting', waitingFor: null });
  await CancellationScope.nonCancellable(() => activities.finishAction({ actionId: input.actionId, outcome }));
  show({ stage: 'ended', outcome });
  if (cancel !== undefined) throw cancel;
  return outcome;

  async function carryOut(plan: ActionPlan): Promise<readonly FailureFact[]> {
    switch (plan.type) {
      case 'refused':
        return [plan.failure];
      case 'gen_gpg_key': {
        if (!plan.sign) return [];
        const requestId = `${workflowInfo().runId}/key`;
        const send = (): Promise<void> =>
          activities.requestKey({ requestId, project: plan.project, dirname: plan.project.project });
        return failed(await answers.ask([requestId], send, input.durations.resend));
      }
      case 'createrepo': {
        const requests = plan.requests.map((request, index) => ({
          ...request,
          requestId: `${workflowInfo().runId}/${index}`,
        }));
        const send = (unanswered: readonly string[]): Promise<void> =>
          activities.requestRepositories({ requests: requests.filter((r) => unanswered.includes(r.requestId)) });
        return failed(
          await answers.ask(
            requests.map((request) => request.requestId),
            send,
            input.durations.resend,
          ),
        );
      }
    }
  }

  function show(changed: Partial<ActionStatus>): void {
    if (changed.stage !== undefined) {
      stageSeconds.record((Date.now() - Date.parse(status.since)) / 1000, {
        type: status.type ?? 'unread',
        stage: status.stage,
      });
    }
    const since = changed.stage === undefined ? status.since : new Date().toISOString();
    status = { ...status, ...changed, since };
    setCurrentDetails(
      `**${status.type ?? 'action'}**: ${status.stage} since ${status.since}` +
        (status.lastFailure === null ? '' : `\n\n**last failure**: ${status.lastFailure.message}`),
    );
  }
}

function failed(answers: readonly (FailureFact | null)[]): readonly FailureFact[] {
  return answers.filter((failure) => failure !== null);
}

function waitingFor(plan: ActionPlan): ActionStatus['waitingFor'] {
  switch (plan.type) {
    case 'refused':
      return null;
    case 'createrepo':
      return { reason: 'repository', detail: `${plan.requests.length} directories` };
    case 'gen_gpg_key':
      return { reason: 'signing key', detail: `${plan.project.owner}/${plan.project.project}` };
  }
}

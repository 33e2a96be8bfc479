import { metricMeter } from '@temporalio/workflow';
import type { ActionOutcome, ActionStatus } from '../../contracts/action/action.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { workflowMillis, workflowTime } from '../clock.js';
import { showDetails, stageText, waitText } from '../current-details.js';

/** Where an action is, for the `status` query and the Web UI's current details. */
export class ActionProgress {
  readonly #stageSeconds = metricMeter.createHistogram('copr_action_stage_seconds', 'float');
  #status: ActionStatus;

  constructor(actionId: number) {
    this.#status = {
      task: `action/${actionId}`,
      kind: 'action',
      type: null,
      stage: 'preparing',
      since: workflowTime(),
      waitingFor: null,
      lastFailure: null,
      outcome: null,
    };
  }

  get status(): ActionStatus {
    return this.#status;
  }

  work(type: NonNullable<ActionStatus['type']>): void {
    this.#enter('working', { type });
  }

  waitFor(waitingFor: ActionStatus['waitingFor']): void {
    this.#show({ waitingFor });
  }

  report(failure: FailureFact | undefined): void {
    if (failure !== undefined) this.#show({ lastFailure: { ...failure, at: workflowTime() } });
    this.#enter('reporting', { waitingFor: null });
  }

  end(outcome: ActionOutcome): void {
    this.#enter('ended', { outcome });
  }

  #enter(stage: ActionStatus['stage'], changed: Partial<ActionStatus>): void {
    const { type, stage: left, since } = this.#status;
    const seconds = (workflowMillis() - Date.parse(since)) / 1000;
    this.#stageSeconds.record(seconds, { type: type ?? 'unread', stage: left });
    this.#show({ ...changed, stage, since: workflowTime() });
  }

  #show(changed: Partial<ActionStatus>): void {
    this.#status = { ...this.#status, ...changed };
    const { type, waitingFor, lastFailure } = this.#status;
    showDetails([
      [type ?? 'action', stageText(this.#status)],
      ['waiting for', waitText(waitingFor)],
      ['last failure', failureText(lastFailure)],
    ]);
  }
}

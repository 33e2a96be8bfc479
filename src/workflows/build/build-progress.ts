import { metricMeter, setHandler } from '@temporalio/workflow';
import type { BuildFacts, BuildKind, BuildOutcome, BuildStage, WaitReason } from '../../contracts/build/build.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { buildStatusQuery } from '../../contracts/messages.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { BuildView, type Attempt } from '../../domain/build/build-view.js';
import { workflowTime } from '../clock.js';
import { showDetails, stageText, waitText } from '../current-details.js';

/**
 * Shows where a build is: in the `status` query, in the Web UI's current details, in a metric. The build reads nothing
 * from here, so that nothing it does depends on what people see.
 */
export class BuildProgress {
  readonly #stageSeconds = metricMeter.createHistogram('copr_build_stage_seconds', 'float');
  readonly #kind: BuildKind;
  readonly #view: BuildView;

  constructor(taskId: string, kind: BuildKind) {
    this.#kind = kind;
    this.#view = new BuildView(taskId, kind, workflowTime());
    setHandler(buildStatusQuery, () => this.#view.status);
    this.#show();
  }

  enter(stage: BuildStage, waitingFor: WaitReason | null = null): void {
    const ended = this.#view.enter(stage, waitingFor, workflowTime());
    // Counted by the SDK when the stage ends for the first time, and never in a replay.
    if (ended !== null) this.#stageSeconds.record(ended.seconds, { kind: this.#kind, stage: ended.stage });
    this.#show();
  }

  /** Shows what the current stage waits for; the stage and its start time stay. */
  waitFor(waitingFor: WaitReason | null): void {
    this.#view.waitFor(waitingFor);
    this.#show();
  }

  /** Shows whose build it is; null: the frontend has no record of it. */
  identify(facts: BuildFacts | null): void {
    this.#view.identify(facts);
    this.#show();
  }

  attempt(attempt: Attempt): void {
    this.#view.attempt(attempt);
    this.#show();
  }

  countLog(bytes: number): void {
    this.#view.countLog(bytes);
  }

  fail(failure: FailureFact): void {
    this.#view.fail(failure, workflowTime());
    this.#show();
  }

  end(outcome: BuildOutcome): void {
    this.#view.end(outcome);
    this.enter('ended');
  }

  #show(): void {
    const { status, builder } = this.#view;
    const { owner, project, packageName, chroot, ticket, attempt, waitingFor, lastFailure, outcome } = status;
    showDetails([
      ['stage', stageText(status)],
      ['project', owner === null ? '' : `${owner}/${project ?? ''}`],
      ['package', packageName ?? ''],
      ['chroot', chroot ?? ''],
      [
        'builder',
        builder === null ? '' : `${builder.host}${builder.port === null ? '' : `:${builder.port}`} (${builder.name})`,
      ],
      ['ticket', ticket === null ? '' : String(ticket)],
      ['attempt', attempt === 0 ? '' : String(attempt)],
      ['waiting for', waitText(waitingFor)],
      ['last failure', failureText(lastFailure)],
      ['outcome', outcome?.result ?? ''],
    ]);
  }
}

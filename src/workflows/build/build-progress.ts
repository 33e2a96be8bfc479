import { metricMeter, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type {
  BuildFacts,
  BuildKind,
  BuildOutcome,
  Builder,
  BuildStage,
  BuildStatus,
  WaitReason,
} from '../../contracts/build/build.js';
import type { FailureFact } from '../../contracts/failures.js';
import { buildStatusQuery } from '../../contracts/messages.js';
import { searchAttributes, type CoarseStage } from '../../contracts/search-attributes.js';
import { workflowMillis, workflowTime } from '../clock.js';
import { failureText, showDetails, stageText, waitText } from '../current-details.js';

/** Where a build stands, as the `status` query and the Web UI's current details tell it. */
export class BuildProgress {
  stage: BuildStage = 'preparing';
  attempt = 0;
  ticket: number | null = null;
  builder: Builder | null = null;
  logBytes = 0;
  outcome: BuildOutcome | null = null;
  facts: BuildFacts | null = null;
  lastFailure: BuildStatus['lastFailure'] = null;
  #since = workflowTime();
  #entered = workflowMillis();
  #waitingFor: WaitReason | null = null;
  readonly #stageSeconds = metricMeter.createHistogram('copr_build_stage_seconds', 'float');
  readonly #taskId: string;
  readonly #kind: BuildKind;

  constructor(taskId: string, kind: BuildKind) {
    this.#taskId = taskId;
    this.#kind = kind;
    setHandler(buildStatusQuery, () => this.status());
    this.#show();
  }

  enter(stage: BuildStage, waitingFor: WaitReason | null = null): void {
    if (stage !== this.stage) {
      // Counted by the SDK when the stage ends for the first time, and never in a replay.
      this.#stageSeconds.record((workflowMillis() - this.#entered) / 1000, { kind: this.#kind, stage: this.stage });
      this.#entered = workflowMillis();
    }
    this.stage = stage;
    this.#since = workflowTime();
    this.#waitingFor = waitingFor;
    this.#show();
  }

  /** Says what the current stage waits for; the stage and its start stay. */
  waitFor(waitingFor: WaitReason | null): void {
    this.#waitingFor = waitingFor;
    this.#show();
  }

  failed(failure: FailureFact): void {
    this.lastFailure = { ...failure, at: workflowTime() };
    this.#show();
  }

  /** One of the two upserts a build may cost: `building` carries what was not known at the start. */
  publishStage(stage: CoarseStage): void {
    const { project, chroot, packageName } = this.facts ?? {};
    const known =
      stage !== 'building' || project === undefined || chroot === undefined
        ? {}
        : { project, chroot, packageName: packageName ?? '' };
    upsertSearchAttributes(searchAttributes({ stage, ...known }));
  }

  status(): BuildStatus {
    const facts = this.facts;
    return {
      task: this.#taskId,
      kind: this.#kind,
      stage: this.stage,
      since: this.#since,
      attempt: this.attempt,
      host: this.builder?.host ?? null,
      ticket: this.ticket,
      waitingFor: this.#waitingFor,
      logBytes: this.logBytes,
      lastFailure: this.lastFailure,
      outcome: this.outcome,
      owner: facts?.owner ?? null,
      project: facts?.project ?? null,
      chroot: facts?.chroot ?? null,
      packageName: facts?.packageName ?? null,
      resultPath: facts === null ? null : `${facts.owner}/${facts.dirname}/${facts.chroot}/${facts.targetDir}`,
    };
  }

  #show(): void {
    const { facts, builder } = this;
    showDetails([
      ['stage', stageText({ stage: this.stage, since: this.#since })],
      ['project', facts === null ? '' : `${facts.owner}/${facts.project}`],
      ['package', facts?.packageName ?? ''],
      ['chroot', facts?.chroot ?? ''],
      [
        'builder',
        builder === null ? '' : `${builder.host}${builder.port === null ? '' : `:${builder.port}`} (${builder.name})`,
      ],
      ['ticket', this.ticket === null ? '' : String(this.ticket)],
      ['attempt', this.attempt === 0 ? '' : String(this.attempt)],
      ['waiting for', waitText(this.#waitingFor)],
      ['last failure', failureText(this.lastFailure)],
      ['outcome', this.outcome?.result ?? ''],
    ]);
  }
}

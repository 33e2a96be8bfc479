import {
  CancellationScope,
  CancelledFailure,
  log,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { BuildEnd, BuildFacts, BuildKind, BuildOutcome } from '../../contracts/build/build.js';
import type { BuildInput } from '../../contracts/inputs.js';
import { isKeyRefusal, type FailureFact } from '../../contracts/failures/failure-codes.js';
import { cancelReasonSignal } from '../../contracts/messages.js';
import { searchAttributes } from '../../contracts/search-attributes.js';
import { canceledText, ON_REQUEST } from '../../contracts/failures/failure-text.js';
import { isSourceTask, resultPath } from '../../domain/build/build-directory.js';
import { Answers } from '../answers.js';
import { beginBuild } from './begin-build.js';
import { BuildProgress } from './build-progress.js';
import { buildRemotely } from './builder-attempts.js';
import { workflowMillis } from '../clock.js';
import { Compensations } from './compensations.js';
import { endOf } from '../end-of.js';
import { failedEnd } from '../failed-end.js';
import { failureFact } from '../failure-facts.js';
import { activitiesFor } from '../retry/proxies.js';
import { askForKey } from '../signing/ask-for-key.js';

/** State shared by the parts of a build. */
type BuildRun = {
  readonly input: BuildInput;
  readonly kind: BuildKind;
  readonly progress: BuildProgress;
  readonly answers: Answers;
  readonly activities: Activities;
  readonly compensations: Compensations;
  /** Null until the frontend has given the task, or if it has no record of it. */
  facts: BuildFacts | null;
  cancelReason: string;
  startedOn: number;
  staging: string | null;
  /** The staging that was delivered but that the repository did not publish. */
  refused: string | null;
  /** True from the moment when a cancel comes too late. */
  delivering: boolean;
  /** An earlier run has built it, and the frontend has the report now. */
  isReported: boolean;
};

/**
 * One build, source or RPM, from the frontend's task to its terminal report. Only a cancel stops a build on
 * its builder; a worker that goes away leaves it running and the next one re-attaches. A cancel wins until the results
 * are delivered; from there on the build ends as it would have. A build that failed ends its workflow as Failed.
 */
export async function build(input: BuildInput): Promise<BuildEnd> {
  const run = begin(input);
  const { progress } = run;
  let cancel: CancelledFailure | undefined;
  let outcome: BuildOutcome;
  try {
    outcome = await execute(run);
  } catch (error) {
    const { isCanceled, failure } = endOf(error, run.delivering);
    if (isCanceled) {
      cancel = new CancelledFailure(`build ${input.taskId} was canceled`);
      outcome = { result: 'canceled', failure: { code: 'Canceled', message: canceledText(run.cancelReason) } };
    } else outcome = { result: 'failed', failure };
  }
  const isCancelAsked = CancellationScope.current().consideredCancelled;
  await CancellationScope.nonCancellable(() => finish(run, outcome, isCancelAsked));
  progress.end(outcome);
  if (outcome.result === 'succeeded' || outcome.result === 'refused') return outcome;
  throw cancel ?? failedEnd(outcome.failure, logOf(run.facts));
}

/** Path of a build's log below the results root. */
function logOf(facts: BuildFacts | null): string | null {
  return facts === null ? null : `${resultPath(facts)}/builder-live.log.gz`;
}

function begin(input: BuildInput): BuildRun {
  const kind = isSourceTask(input.taskId) ? 'source' : 'rpm';
  const progress = new BuildProgress(input.taskId, kind);
  const run: BuildRun = {
    ...{ input, kind, progress },
    answers: new Answers((waitingFor) => progress.waitFor(waitingFor)),
    activities: activitiesFor(input),
    compensations: new Compensations(),
    ...{ facts: null, cancelReason: ON_REQUEST },
    startedOn: Math.floor(workflowMillis() / 1000),
    ...{ staging: null, refused: null, delivering: false, isReported: false },
  };
  setHandler(cancelReasonSignal, ({ reason }) => {
    run.cancelReason = reason;
  });
  return run;
}

/** Reports the outcome, and meanwhile undoes whatever has to be undone. */
async function finish(run: BuildRun, outcome: BuildOutcome, isCancelAsked: boolean): Promise<void> {
  const { input, kind, progress, compensations, facts, startedOn, staging, refused, isReported } = run;
  if (outcome.result !== 'succeeded') progress.fail(outcome.failure);
  progress.enter(outcome.result === 'canceled' ? 'stopping' : 'reporting');
  const keepsLogOpen = !compensations.areOver;
  const finished = run.activities.finishBuild({
    facts,
    taskId: input.taskId,
    kind,
    outcome,
    startedOn,
    endedOn: Math.floor(workflowMillis() / 1000),
    staging: outcome.result === 'failed' ? staging : null,
    isCancelAsked,
    ...(refused === null ? {} : { refused }),
    ...(isReported ? { isReported: true } : {}),
    ...(keepsLogOpen ? { keepsLogOpen } : {}),
  });
  await Promise.all([finished, compensations.run()]);
  if (keepsLogOpen) await closeLog(run);
}

async function execute(run: BuildRun): Promise<BuildOutcome> {
  const { progress } = run;
  const begun = await beginBuild(run, run.kind);
  if (begun === null) {
    run.isReported = true;
    return { result: 'succeeded', packages: 1 };
  }
  if (!begun.start) return { result: 'refused', failure: begun.failure };
  const facts = begun.facts;
  run.startedOn = begun.startedOn;
  const missing = await askForPrerequisites(run, facts, begun.missing);
  if (missing !== null) return { result: 'failed', failure: missing };

  const end = await buildRemotely({ ...run, facts, durations: run.input.durations });
  run.startedOn = end.startedOn;
  if (!end.ended) return { result: 'failed', failure: end.failure };
  run.staging = end.result.staging;
  if (!end.result.built) return { result: 'failed', failure: end.result.failure };

  const { staging, packages } = end.result;
  if (facts.sign) {
    progress.enter('signing');
    const failure = await signResults(run, facts, staging);
    if (failure !== null) return { result: 'failed', failure };
  }
  return CancellationScope.nonCancellable(async () => {
    run.delivering = true;
    progress.enter('installing');
    const failure = await deliver(run, facts, staging);
    run.staging = null;
    const note = run.answers.notesOf(requestId('publish')).join('; ');
    if (failure === null) return { result: 'succeeded', packages, ...(note === '' ? {} : { note }) };
    run.refused = staging;
    return { result: 'failed', failure };
  });
}

/**
 * Closes the log after the undoing that was still under way at the build's end. The build's end does not depend on it.
 */
async function closeLog({ facts, activities }: BuildRun): Promise<void> {
  if (facts === null) return;
  try {
    await activities.closeLog({ facts });
  } catch (error) {
    log.warn('backend.log stays open', { error: String(error) });
  }
}

/** Makes sure that the base repository and the project's key exist before a builder is taken; null: they do. */
async function askForPrerequisites(
  run: BuildRun,
  facts: BuildFacts,
  missing: { readonly repository: boolean; readonly key: boolean },
): Promise<FailureFact | null> {
  const repository = missing.repository ? { requestId: requestId('base') } : null;
  const key = missing.key ? { requestId: requestId('key') } : null;
  const wanted = [repository, key].filter((request) => request !== null).map((request) => request.requestId);
  if (wanted.length === 0) return null;
  run.progress.enter('waitingForRepository', {
    reason: 'repository',
    detail: [missing.repository ? 'base repository' : '', missing.key ? 'signing key' : ''].filter(Boolean).join(', '),
  });
  const answers = await run.answers.ask(
    wanted,
    () => run.activities.requestPrerequisites({ facts, repository, key }),
    run.input.durations.resend,
  );
  return answers.find((failure) => failure !== null) ?? null;
}

/** Signs the results; null: signed with a key that is published. */
async function signResults(run: BuildRun, facts: BuildFacts, staging: string): Promise<FailureFact | null> {
  let signed: Awaited<ReturnType<Activities['signResults']>>;
  try {
    signed = await run.activities.signResults({ facts, staging });
  } catch (error) {
    if (!isKeyRefusal(failureFact(error).code)) throw error;
    const failure = await waitForKey(run, facts, 'lost-key');
    if (failure !== null) return failure;
    signed = await run.activities.signResults({ facts, staging });
  }
  return signed.isKeyOutdated ? waitForKey(run, facts, 'outdated-key') : null;
}

async function waitForKey(run: BuildRun, facts: BuildFacts, purpose: string): Promise<FailureFact | null> {
  const { activities, answers, progress } = run;
  const { owner, project, dirname } = facts;
  progress.waitFor({ reason: 'signing key', detail: `${owner}/${project}` });
  const wanted = { requestId: requestId(purpose), project: { owner, project }, dirname, facts };
  const failure = await askForKey({ activities, answers, resend: run.input.durations.resend }, wanted);
  progress.waitFor(null);
  return failure;
}

/** Puts the results into their public place; when this returns, an RPM build is in the repository. */
async function deliver(run: BuildRun, facts: BuildFacts, staging: string): Promise<FailureFact | null> {
  if (facts.kind === 'source' || facts.userSsh) {
    await run.activities.deliverResults({ facts, staging, publish: null });
    return null;
  }
  const publish = { requestId: requestId('publish') };
  upsertSearchAttributes(searchAttributes({ stage: 'publishing' }));
  const [failure = null] = await run.answers.ask(
    [publish.requestId],
    async () => {
      await run.activities.deliverResults({ facts, staging, publish });
      run.progress.enter('publishing', {
        reason: 'repository',
        detail: `${facts.owner}/${facts.dirname}/${facts.chroot}`,
      });
    },
    run.input.durations.resend,
  );
  return failure;
}

/** Unique per run and purpose, so that the receiver can recognise a repeated request. */
function requestId(purpose: string): string {
  return `${workflowInfo().runId}/${purpose}`;
}

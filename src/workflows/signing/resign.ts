import { CancellationScope, condition } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { ResignInput } from '../../contracts/inputs.js';
import { resignStatusQuery } from '../../contracts/messages.js';
import { repositoryChange } from '../../contracts/repository/repository.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';
import type { ResignChroot, ResignedBatch, ResignOutcome, ResignStatus } from '../../contracts/signing/resign.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { EventBudget } from '../../domain/event-budget.js';
import { ResignRun } from '../../domain/signing/resign-run.js';
import { Answers } from '../answers.js';
import { workflowTime } from '../clock.js';
import { type Detail, stageText } from '../current-details.js';
import { failedEnd } from '../failed-end.js';
import { onPause, onQuery } from '../handlers.js';
import { longLived, type LongLived } from '../long-lived.js';
import { underLock } from '../project/project-lock.js';
import { requestRepositories } from '../request-repositories.js';
import { activitiesFor } from '../retry/proxies.js';
import { runOutcome } from '../run-outcome.js';
import { type RunNumbers, runNumbers } from '../run-numbers.js';
import { askForKey } from './ask-for-key.js';

/** State shared by the parts of a re-signing run. */
type Resign = RunNumbers & {
  readonly input: ResignInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly answers: Answers;
  readonly state: ResignRun;
  readonly life: LongLived;
};

/**
 * Signs the packages of a project's directory again: renews its key first, then signs, batch by batch, each package
 * that lacks a good signature, and after each batch renews the metadata that names it. Its position is a chroot and a
 * build's name, so that it continues where it was however often workers go. A pause begins after the batch under way
 * has been published. Each batch takes its own lock of the project, so that work which spans the directories waits for
 * one batch, not for all of them.
 */
export async function resign(input: ResignInput): Promise<ResignOutcome> {
  const state = new ResignRun(input.target, input.carried, workflowTime());
  const run = begin(input, state);
  return runOutcome(
    async () => {
      if (input.carried === null) await plan(run);
      await workOff(run);
      return end(run, 'succeeded', null);
    },
    { failed: (message) => end(run, 'failed', message), canceled: (message) => end(run, 'canceled', message) },
  );
}

function begin(input: ResignInput, state: ResignRun): Resign {
  const budget = new EventBudget(input.eventLimit);
  const answers = new Answers(undefined, budget);
  const life = longLived<typeof resign>({
    budget,
    handlers: (show) => [onQuery(resignStatusQuery, () => state.status), onPause((by) => state.pause(by), show)],
    details: () => detailsOf(state.status),
    next: () => ({ ...input, carried: state.status }),
  });
  return { ...runNumbers(), input, activities: activitiesFor(input), budget, answers, state, life };
}

/** Ends the run if there is no key to be had. */
async function plan(run: Resign): Promise<void> {
  const { input, activities, budget, answers, state, life, newRequestId } = run;
  const { target, chroots, durations } = input;
  enter(run, 'waitingForKey');
  const wanted = { requestId: newRequestId(), project: projectOf(input), dirname: target.dirname };
  const failure = await askForKey({ activities, answers, resend: durations.resend }, wanted);
  if (failure !== null) throw failedEnd(failure);
  budget.spend('activity');
  state.plan((await activities.planResign({ target, chroots, ...inStore(storeOf(input)) })).chroots);
  life.show();
}

async function workOff(run: Resign): Promise<void> {
  const { state, life } = run;
  for (;;) {
    await heldUp(run);
    const place = state.chroot;
    if (place === undefined) return;
    const { after } = await underOwnLock(run, () => signAndPublish(run, place));
    if (after !== null) state.passBatch(after);
    else await purge(run, place);
    life.show();
    await life.continueAsNewWhenFull();
  }
}

async function heldUp(run: Resign): Promise<void> {
  const { state, budget, life } = run;
  if (!state.isPaused) return;
  enter(run, 'paused');
  await condition(() => !state.isPaused || budget.startsOver);
  await life.continueAsNewWhenFull();
}

function underOwnLock<T>(run: Resign, work: () => Promise<T>): Promise<T> {
  const { input, activities, answers, budget, newRound } = run;
  if (input.within === 'action') return work();
  enter(run, 'waitingForLock');
  budget.spend('external'); // the lock is released
  const deps = { activities, answers, resend: input.durations.resend, round: newRound() };
  return underLock(deps, [projectOf(input)], 'sign again', work);
}

async function signAndPublish(run: Resign, place: ResignChroot): Promise<ResignedBatch> {
  const { input, activities, budget, state, life } = run;
  const { chroot } = place;
  enter(run, 'signing');
  budget.spend('activity');
  let batch: ResignedBatch | null = null;
  try {
    batch = await activities.resignBuilds({
      ...{ target: input.target, chroot, after: state.status.position.after },
      ...inStore(storeOf(input)),
    });
    state.count(chroot, batch);
    life.show();
    return batch;
  } finally {
    // Packages have been replaced, perhaps by an attempt that died: the metadata must follow, even after a cancel.
    if (batch?.isReplaced !== false) await CancellationScope.nonCancellable(() => publish(run, place));
  }
}

/**
 * Packages that clients of a manual-createrepo project do not see yet stay hidden from them. A chroot whose metadata
 * cannot be made is reported as a problem, and the run goes on with the next one.
 */
async function publish(run: Resign, { chroot, devel }: ResignChroot): Promise<void> {
  const { input, activities, answers } = run;
  enter(run, 'publishing');
  const keepsToNamed = devel || input.within === 'action';
  const repository = { ...input.target, chroot };
  const where = inStore(storeOf(input));
  const requests = [
    keepsToNamed
      ? repositoryChange('reread', { doStat: true, ...where })
      : repositoryChange('full', { doStat: true, appstream: true, ...where }),
    ...(devel ? [repositoryChange('reread', { doStat: true, devel: true, ...where })] : []),
  ].map((change) => ({ change, requestId: run.newRequestId(), repository }));
  const by = { activities, answers, resend: input.durations.resend };
  for (const failure of await requestRepositories(by, requests)) tell(run, chroot, failure);
}

/** Removes leftovers of earlier attempts beside the packages of a finished chroot. */
async function purge(run: Resign, { chroot }: ResignChroot): Promise<void> {
  const { input, activities, budget, state } = run;
  enter(run, 'purging');
  budget.spend('activity');
  tell(run, chroot, await activities.purgeCopies({ target: input.target, chroot }));
  state.passChroot();
}

function projectOf({ target }: ResignInput): { readonly owner: string; readonly project: string } {
  return { owner: target.owner, project: projectOfDirname(target.dirname) };
}

function tell({ state, life }: Resign, chroot: string, failure: FailureFact | null): void {
  if (failure === null) return;
  state.problem(chroot, failure);
  life.show();
}

function enter({ state, life }: Resign, stage: ResignStatus['stage']): void {
  state.enter(stage, workflowTime());
  life.show();
}

function end({ state, life }: Resign, result: ResignOutcome['result'], message: string | null): ResignOutcome {
  const outcome = state.end(result, message, workflowTime());
  life.show();
  return outcome;
}

function detailsOf(status: ResignStatus): readonly Detail[] {
  const { done, chroots, position, paused, problems } = status;
  const total = chroots.reduce((sum, { builds }) => sum + builds, 0);
  return [
    ['stage', stageText(status)],
    ['chroot', chroots[position.chroot]?.chroot ?? ''],
    ['builds', `${done.builds} of ${total}, ${done.failed} left as they are`],
    ['signed', `${done.signed} packages`],
    ['paused', paused ?? ''],
    ['problems', problems.join('; ')],
  ];
}

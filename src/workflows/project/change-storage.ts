import { ApplicationFailure, CancellationScope, condition } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { ChangeStorageInput } from '../../contracts/inputs.js';
import { storageMoveStatusQuery, undoSignal } from '../../contracts/messages.js';
import type {
  MoveChroot,
  MoveStep,
  StorageMoveOutcome,
  StorageMoveStatus,
} from '../../contracts/project/storage-move.js';
import { EventBudget } from '../../domain/event-budget.js';
import { StorageMoveRun } from '../../domain/project/storage-move-run.js';
import { Answers } from '../answers.js';
import { workflowMillis, workflowTime } from '../clock.js';
import { type Detail, stageText } from '../current-details.js';
import { endOf } from '../end-of.js';
import { onPause, onQuery, onSignal } from '../handlers.js';
import { longLived, type LongLived } from '../long-lived.js';
import { requestRepositories } from '../request-repositories.js';
import { activitiesFor } from '../retry/proxies.js';
import { runOutcome } from '../run-outcome.js';
import { type RunNumbers, runNumbers } from '../run-numbers.js';
import { underLock } from './project-lock.js';

/** Repositories that are asked at once. */
const REQUESTS_AT_ONCE = 20;
/** Times that packages are brought which came while the others were. */
const ROUNDS = 5;

/** State shared by the parts of a move. */
type Move = RunNumbers & {
  readonly input: ChangeStorageInput;
  readonly activities: Activities;
  readonly budget: EventBudget;
  readonly answers: Answers;
  readonly state: StorageMoveRun;
  readonly life: LongLived;
};

/**
 * Moves a project from the results tree to Pulp (docs/decisions/0084). Builds and actions go on, and clients get the
 * tree's packages while these are copied, chroot by chroot and batch by batch. Then, under the project's lock, what came
 * meanwhile is copied, everybody is told, and the tree's metadata are put aside. The packages stay in the tree until the
 * soak is over, so that an undo is a rename. Every step is safe to repeat.
 */
export async function changeStorage(input: ChangeStorageInput): Promise<StorageMoveOutcome> {
  const state = new StorageMoveRun(input.project, input.carried, workflowTime());
  const run = begin(input, state);
  const failed = (message: string): StorageMoveOutcome => end(run, 'failed', message);
  return runOutcome(() => move(run), { failed, canceled: failed });
}

async function move(run: Move): Promise<StorageMoveOutcome> {
  const { input, state } = run;
  if (input.carried === null) await plan(run);
  if (!state.status.isCutOver) {
    await copyAll(run);
    if (!state.isUnwanted) await cutOver(run);
  }
  if (state.status.isCutOver) await soak(run);
  if (!state.isUnwanted) {
    await retire(run);
    return end(run, 'succeeded', null);
  }
  if (state.status.isCutOver) await undo(run);
  return end(run, 'undone', `wanted by ${state.status.undoneBy ?? ''}`);
}

function begin(input: ChangeStorageInput, state: StorageMoveRun): Move {
  const budget = new EventBudget(input.eventLimit);
  const answers = new Answers(undefined, budget);
  const life = longLived<typeof changeStorage>({
    budget,
    handlers: (show) => [
      onQuery(storageMoveStatusQuery, () => state.status),
      onPause((by) => state.pause(by), show),
      onSignal(undoSignal, ({ by }) => {
        state.undo(by);
        show();
      }),
    ],
    details: () => detailsOf(state.status),
    next: () => ({ ...input, carried: state.status }),
  });
  return { ...runNumbers(), input, activities: activitiesFor(input), budget, answers, state, life };
}

async function plan(run: Move): Promise<void> {
  const { input, state } = run;
  enter(run, 'planning');
  state.plan(await surveyed(run));
  if (state.status.chroots.length > 0) return;
  const { owner, project } = input.project;
  const message = `${owner}/${project} has no metadata in the results tree: has it moved already?`;
  throw failed({ code: 'StorageMoveRefused', message });
}

async function surveyed({ input, activities, budget }: Move): Promise<readonly MoveChroot[]> {
  budget.spend('activity');
  return (await activities.planStorageMove({ project: input.project })).chroots;
}

async function everyChroot({ input, activities, budget }: Move): Promise<readonly MoveChroot[]> {
  budget.spend('activity');
  return (await activities.planStorageMove({ project: input.project, all: true })).chroots;
}

/** The first pass, during which nothing waits for anything. */
async function copyAll(run: Move): Promise<void> {
  const { state, life } = run;
  for (;;) {
    enter(run, 'copying');
    await heldUp(run);
    const place = state.chroot;
    if (place === undefined || state.isUnwanted) return;
    if (!state.count(await copyBatch(run, place, state.status.position.after))) {
      // So that Pulp does not take its packages for orphans.
      await tryMirror(run, place);
      state.passChroot();
    }
    life.show();
    await life.continueAsNewWhenFull();
  }
}

async function heldUp({ state, budget, life }: Move): Promise<void> {
  while (state.isPaused && !state.isUnwanted) {
    await condition(() => !state.isPaused || state.isUnwanted || budget.startsOver);
    await life.continueAsNewWhenFull();
  }
}

function copyBatch({ input, activities, budget }: Move, place: MoveChroot, after: string | null) {
  budget.spend('activity');
  const { project } = input;
  return activities.copyToPulp({ project, repository: repositoryOf(input, place), after });
}

async function copyWhole(run: Move, place: MoveChroot): Promise<void> {
  for (let after: string | null = null; ;) {
    ({ after } = await copyBatch(run, place, after));
    if (after === null) return;
  }
}

/** Packages that come faster than they can be copied are left to the cut-over. */
async function tryMirror(run: Move, place: MoveChroot): Promise<void> {
  for (let round = 1; ; round += 1) {
    const failure = await askOne(run, place, 'mirror');
    if (failure === null) return;
    if (failure.code !== 'StorageMoveIncomplete') throw failed(failure);
    if (round === ROUNDS) return;
    await copyWhole(run, place);
  }
}

async function cutOver(run: Move): Promise<void> {
  const { input, activities, budget, state } = run;
  enter(run, 'waitingForLock');
  try {
    await underOwnLock(run, async () => {
      enter(run, 'cuttingOver');
      for (const place of await surveyed(run)) {
        await copyWhole(run, place);
        await tryMirror(run, place);
      }
      // From here on nothing is published in the tree.
      budget.spend('activity');
      await activities.routeProject({ project: input.project, store: 'pulp' });
      state.plan(await surveyed(run));
      for (const place of state.status.chroots) await leaveTree(run, place);
      await announce(run, 'pulp');
      state.cutOver(new Date(workflowMillis() + input.soak * 1000).toISOString());
    });
  } catch (error) {
    const { failure } = endOf(error);
    state.problem('the cut-over was undone', failure);
    await undo(run);
    throw error;
  }
}

async function leaveTree(run: Move, place: MoveChroot): Promise<void> {
  for (let round = 1; ; round += 1) {
    const failure = await askOne(run, place, 'leaveTree');
    if (failure === null) return;
    if (failure.code !== 'StorageMoveIncomplete' || round === ROUNDS) throw failed(failure);
    await copyWhole(run, place);
  }
}

async function announce({ input, activities, budget, state }: Move, store: 'tree' | 'pulp'): Promise<void> {
  budget.spend('activity');
  const { isKnown } = await activities.announceStorage({ project: input.project, store });
  if (isKnown) return;
  const message = 'it has no such project: tell it when it has';
  state.problem('the frontend', { code: 'StorageMoveRefused', message });
}

/** Waits until the move counts as good, or is unwanted. */
async function soak(run: Move): Promise<void> {
  const { state, budget, life } = run;
  enter(run, 'soaking');
  for (;;) {
    await heldUp(run);
    const left = Date.parse(state.status.soakUntil ?? '') - workflowMillis();
    if (state.isUnwanted || !(left > 0)) return;
    budget.spend('timer');
    await condition(() => state.isUnwanted || state.isPaused || budget.startsOver, left);
    await life.continueAsNewWhenFull();
  }
}

/** Packages that clients get from Pulp leave the tree. */
async function retire(run: Move): Promise<void> {
  const { input, activities, budget } = run;
  await underOwnLock(run, async () => {
    enter(run, 'retiring');
    for (const failure of await askAll(run, await everyChroot(run), 'retire'))
      if (failure !== null) throw failed(failure);
    budget.spend('activity');
    await activities.routeProject({ project: input.project, store: null });
  });
}

/** First of all clients get the tree again; then the tree gets what was published at Pulp meanwhile. */
async function undo(run: Move): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const { input, activities, budget, state } = run;
    enter(run, 'undoing');
    const chroots = await everyChroot(run);
    for (const failure of await askAll(run, chroots, 'returnToTree')) if (failure !== null) throw failed(failure);
    budget.spend('activity');
    await activities.routeProject({ project: input.project, store: 'tree' });
    await announce(run, 'tree');
    state.return();
    const failures = await askAll(run, chroots, 'catchUp');
    for (const [index, failure] of failures.entries())
      if (failure !== null) state.problem(nameOf(chroots[index]), failure);
  });
}

function underOwnLock(run: Move, work: () => Promise<void>): Promise<void> {
  const { input, activities, answers, budget, newRound } = run;
  budget.spend('external'); // the lock is released
  const deps = { activities, answers, resend: input.durations.resend, round: newRound() };
  return underLock(deps, [input.project], 'move to Pulp', () => CancellationScope.nonCancellable(work));
}

async function askOne(run: Move, place: MoveChroot, step: MoveStep): Promise<FailureFact | null> {
  const [failure = null] = await askAll(run, [place], step);
  return failure;
}

/** Has the only writer of each chroot directory do a step; resolves with their failures, in the same order. */
async function askAll(
  { input, activities, answers, newRequestId }: Move,
  places: readonly MoveChroot[],
  step: MoveStep,
): Promise<readonly (FailureFact | null)[]> {
  const failures: (FailureFact | null)[] = [];
  const by = { activities, answers, resend: input.durations.resend };
  const isInTree = step === 'returnToTree' || step === 'catchUp';
  const change = { kind: 'move', step, ...(isInTree ? {} : ({ store: 'pulp' } as const)) } as const;
  for (let first = 0; first < places.length; first += REQUESTS_AT_ONCE) {
    const requests = places
      .slice(first, first + REQUESTS_AT_ONCE)
      .map((place) => ({ requestId: newRequestId(), repository: repositoryOf(input, place), change }));
    failures.push(...(await requestRepositories(by, requests)));
  }
  return failures;
}

function repositoryOf({ project }: ChangeStorageInput, { dirname, chroot }: MoveChroot) {
  return { owner: project.owner, dirname, chroot };
}

function nameOf(place: MoveChroot | undefined): string {
  return `${place?.dirname ?? ''}/${place?.chroot ?? ''}`;
}

function failed({ code, message }: FailureFact): ApplicationFailure {
  return ApplicationFailure.create({ message, type: code, nonRetryable: true });
}

function enter({ state, life }: Move, stage: StorageMoveStatus['stage']): void {
  state.enter(stage, workflowTime());
  life.show();
}

function end({ state, life }: Move, result: StorageMoveOutcome['result'], message: string | null): StorageMoveOutcome {
  const outcome = state.end(result, message, workflowTime());
  life.show();
  return outcome;
}

function detailsOf(status: StorageMoveStatus): readonly Detail[] {
  const { done, chroots, position, paused, problems, soakUntil, undoneBy } = status;
  const total = chroots.reduce((sum, { packages }) => sum + packages, 0);
  return [
    ['stage', stageText(status)],
    ['chroot', status.stage === 'copying' ? (chroots[position.chroot]?.chroot ?? '') : ''],
    ['packages', `${done.packages} of ${total}`],
    ['can be undone until', soakUntil ?? ''],
    ['paused', paused ?? ''],
    ['undone by', undoneBy ?? ''],
    ['problems', problems.join('; ')],
  ];
}

import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { ResignInput } from '../contracts/inputs.js';
import { pauseSignal, resignStatusQuery } from '../contracts/messages.js';
import { repositoryChange } from '../contracts/repository.js';
import type { ResignChroot, ResignedBatch, ResignOutcome, ResignStatus } from '../contracts/resign.js';
import { projectOfDirname } from '../domain/build-directory.js';
import { EventBudget } from '../domain/event-budget.js';
import { Answers } from './answers.js';
import { workflowTime } from './clock.js';
import { failureFact } from './failure-facts.js';
import { nextRun } from './next-run.js';
import { inTurn } from './project-turn.js';
import { activitiesFor } from './proxies.js';

const PROBLEMS_TOLD = 10;

/**
 * Signs the packages of a project's directory anew: its key first, then batch by batch what lacks a good signature, and
 * after each batch the metadata that names it. Its place is a chroot and a build's name, so that it goes on where it was
 * however often workers go. A pause begins after the batch under way has been published. Each batch has a turn of the
 * project of its own: what spans the directories waits for one batch, and not for the whole.
 */
export async function resign(input: ResignInput): Promise<ResignOutcome> {
  const { target } = input;
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  const answers = new Answers(undefined, budget);
  const project = { owner: target.owner, project: projectOfDirname(target.dirname) };
  let status: ResignStatus = input.carried ?? {
    ...target,
    stage: 'planning',
    since: workflowTime(),
    chroots: [],
    position: { chroot: 0, after: null },
    done: { builds: 0, signed: 0, failed: 0 },
    paused: null,
    problems: [],
    outcome: null,
  };
  setHandler(resignStatusQuery, () => status);
  setHandler(pauseSignal, ({ by }) => {
    budget.spend('signal');
    show({ paused: by });
  });
  let requests = 0;
  let rounds = 0;

  try {
    if (input.carried === null) {
      for (const failure of await ensureKey()) insist(null, failure);
      budget.spend('activity');
      show({ chroots: (await activities.planResign({ target, chroots: input.chroots })).chroots });
    }
    await workOff();
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const failure = failureFact(error);
    // A worker that dies over a batch while it is canceled is not tried again, and the batch ends as if it had taken too long.
    const isCanceled = failure.code === 'Canceled' || CancellationScope.current().consideredCancelled;
    if (!isCanceled) return end('failed', `${failure.code}: ${failure.message}`);
    end('canceled', 'canceled on request');
    throw new CancelledFailure('canceled on request');
  }
  return end('succeeded', null);

  async function workOff(): Promise<void> {
    for (;;) {
      await heldUp();
      const place = status.chroots[status.position.chroot];
      if (place === undefined) return;
      const batch = await turn(() => signAndPublish(place));
      if (batch.after !== null) show({ position: { ...status.position, after: batch.after } });
      else {
        enter('purging');
        budget.spend('activity');
        const failure = await activities.purgeCopies({ target, chroot: place.chroot });
        if (failure !== null) problem(`${place.chroot}: ${failure.code}: ${failure.message}`);
        show({ position: { chroot: status.position.chroot + 1, after: null } });
      }
      if (budget.isSpent) {
        await condition(allHandlersFinished);
        await nextRun<typeof resign>({ ...input, carried: status });
      }
    }
  }

  function turn<T>(work: () => Promise<T>): Promise<T> {
    if (input.within === 'action') return work();
    enter('waitingForTurn');
    budget.spend('external'); // it is given back
    const deps = { activities, answers, resend: input.durations.resend, round: (rounds += 1) };
    return inTurn(deps, [project], 'sign anew', work);
  }

  async function signAndPublish(place: ResignChroot): Promise<ResignedBatch> {
    const { chroot } = place;
    enter('signing');
    budget.spend('activity');
    let batch: ResignedBatch | null = null;
    try {
      batch = await activities.resignBuilds({ target, chroot, after: status.position.after });
      count(chroot, batch);
      return batch;
    } finally {
      // Packages have been put in place, perhaps by an attempt that died: the metadata must follow, whatever else is wanted.
      if (batch?.isReplaced !== false) await CancellationScope.nonCancellable(() => publish(place));
    }
  }

  async function heldUp(): Promise<void> {
    if (status.paused === null) return;
    enter('paused');
    await condition(() => status.paused === null);
  }

  function ensureKey(): Promise<readonly (FailureFact | null)[]> {
    enter('waitingForKey');
    return ask((requestId) => activities.requestKey({ requestId, project, dirname: target.dirname }));
  }

  /** What clients of a manual-createrepo project do not see yet, they do not see for this either. */
  async function publish({ chroot, devel }: ResignChroot): Promise<void> {
    enter('publishing');
    const keepsToNamed = devel || input.within === 'action';
    const changes = [
      keepsToNamed
        ? repositoryChange('reread', { doStat: true })
        : repositoryChange('full', { doStat: true, appstream: true }),
      ...(devel ? [repositoryChange('reread', { doStat: true, devel: true })] : []),
    ].map((change) => ({ change, requestId: `${workflowInfo().runId}/${(requests += 1)}` }));
    const repository = { ...target, chroot };
    const send = (unanswered: readonly string[]): Promise<void> =>
      activities.requestRepositories({
        requests: changes
          .filter(({ requestId }) => unanswered.includes(requestId))
          .map((request) => ({ ...request, repository })),
      });
    const requestIds = changes.map(({ requestId }) => requestId);
    for (const failure of await answers.ask(requestIds, send, input.durations.resend)) insist(chroot, failure);
  }

  function ask(send: (requestId: string) => Promise<void>): Promise<readonly (FailureFact | null)[]> {
    const requestId = `${workflowInfo().runId}/${(requests += 1)}`;
    return answers.ask([requestId], () => send(requestId), input.durations.resend);
  }

  /** A key that cannot be had ends it; a chroot whose metadata cannot be made is a problem to tell of, and the next is taken. */
  function insist(chroot: string | null, failure: FailureFact | null): void {
    if (failure === null) return;
    if (chroot === null)
      throw ApplicationFailure.create({ message: failure.message, type: failure.code, nonRetryable: true });
    problem(`${chroot}: ${failure.code}: ${failure.message}`);
  }

  function count(chroot: string, batch: ResignedBatch): void {
    const { builds, signed, failed } = status.done;
    const done = { builds: builds + batch.builds, signed: signed + batch.signed, failed: failed + batch.failed };
    show({ done });
    for (const { build, failure } of batch.failures) problem(`${chroot}/${build}: ${failure.code}: ${failure.message}`);
  }

  function problem(text: string): void {
    show({ problems: [...status.problems, text].slice(-PROBLEMS_TOLD) });
  }

  function enter(stage: ResignStatus['stage']): void {
    if (stage !== status.stage) show({ stage, since: workflowTime() });
  }

  function end(result: ResignOutcome['result'], message: string | null): ResignOutcome {
    const isWhole = status.problems.length === 0;
    const outcome: ResignOutcome =
      result === 'succeeded' && !isWhole
        ? { result: 'failed', done: status.done, message: 'something could not be signed or published: see problems' }
        : { result, done: status.done, message };
    show({ stage: 'ended', since: workflowTime(), outcome });
    return outcome;
  }

  function show(changed: Partial<ResignStatus>): void {
    status = { ...status, ...changed };
    const { done, chroots, position } = status;
    const total = chroots.reduce((sum, { builds }) => sum + builds, 0);
    const rows = [
      ['stage', `${status.stage} since ${status.since}`],
      ['chroot', chroots[position.chroot]?.chroot ?? ''],
      ['builds', `${done.builds} of ${total}, ${done.failed} left as they are`],
      ['signed', `${done.signed} packages`],
      ['paused', status.paused ?? ''],
      ['problems', status.problems.join('; ')],
    ].filter(([, text]) => text !== '');
    setCurrentDetails(rows.map(([name, text]) => `**${name}**: ${text}`).join('\n\n'));
  }
}

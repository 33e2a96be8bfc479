import { allHandlersFinished, condition, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { RepositoryId } from '../contracts/ids.js';
import type { PruneInput } from '../contracts/inputs.js';
import { pauseSignal, pruneStatusQuery } from '../contracts/messages.js';
import type { OpenPruneStep, PruneCursor, PruneOutcome, PruneStatus, PruneStep } from '../contracts/prune.js';
import { EventBudget } from '../domain/event-budget.js';
import { LONGEST_PAUSE } from './answers.js';
import { workflowTime } from './clock.js';
import { nextRun } from './next-run.js';
import { activitiesFor } from './proxies.js';
import { PruneAnswers } from './prune-answers.js';
import { PruneTally } from './prune-tally.js';

/**
 * Carries out a plan of the pruner, directory by directory: a step is some lines of one directory, checked once more and
 * asked of its `repository`. A pause lets what is under way end and begins nothing new. What fails is said, and the rest
 * goes on, also while a repository takes days for its answer. At the end the frontend hears which chroots were pruned for the last time.
 */
export async function pruneResults(input: PruneInput): Promise<PruneOutcome> {
  const activities = activitiesFor(input);
  const budget = new EventBudget(input.eventLimit);
  const answers = new PruneAnswers(budget);
  const tally = new PruneTally(input.carried?.progress ?? null);
  let cursor = input.carried === null ? { section: null, line: 0 } : input.carried.cursor;
  let pausedBy = input.carried?.pausedBy ?? null;
  let stage: PruneStatus['stage'] = 'pruning';
  let since = workflowTime();
  let outcome: PruneOutcome | null = null;
  /** Steps that a repository has been asked for. */
  const underWay = new Map<string, OpenPruneStep>();
  const broken: { by: Error | null } = { by: null };
  let isAsking = false;

  setHandler(pauseSignal, ({ by }) => {
    budget.spend('signal');
    pausedBy = by;
    show();
  });
  setHandler(pruneStatusQuery, status);
  show();

  const mayBegin = (): boolean => pausedBy === null && underWay.size < input.parallel;
  const isOver = (): boolean => broken.by !== null || budget.isSpent;
  for (const open of input.carried?.open ?? []) follow(open, true);
  while (cursor !== null && !isOver()) {
    await condition(() => mayBegin() || isOver());
    if (isOver()) break;
    cursor = await begin(cursor);
  }
  await condition(() => underWay.size === 0 || isOver());
  if (broken.by !== null) throw broken.by;
  if (budget.isSpent) {
    await condition(allHandlersFinished);
    const carried = { cursor, open: [...underWay.values()], progress: tally.progress(), pausedBy };
    await nextRun<typeof pruneResults>({ ...input, carried });
  }
  stage = 'reporting';
  show();
  const { finished } = await activities.reportFinalPrune({ plan: input.plan, unwell: tally.progress().unwell });
  const { gone, kept, failed, troubleCount } = tally.progress();
  outcome = { result: troubleCount === 0 ? 'succeeded' : 'incomplete', gone, kept, failed, finished };
  stage = 'ended';
  show();
  return outcome;

  /** Checks the next lines of the plan and asks their repository for them; where to go on. */
  async function begin(at: PruneCursor): Promise<PruneCursor | null> {
    isAsking = true;
    const step = await ask(at);
    isAsking = false;
    tally.add(step);
    if (step.repository !== null && step.asked > 0) follow({ at, step }, false);
    show();
    return step.next;
  }

  function ask(at: PruneCursor): Promise<PruneStep> {
    budget.spend('activity');
    const { plan, stepLines } = input;
    return activities.requestPruning({ plan, at, lines: stepLines, requestId: requestIdOf(at) });
  }

  function follow(open: OpenPruneStep, isAnswerLost: boolean): void {
    underWay.set(requestIdOf(open.at), open);
    void settle(open, isAnswerLost);
  }

  /** Waits for the repository's answer; one that was lost is found out by asking again, more and more seldom. */
  async function settle({ at, step }: OpenPruneStep, isAnswerLost: boolean): Promise<void> {
    const requestId = requestIdOf(at);
    try {
      for (let pause = input.durations.resend, isLost = isAnswerLost; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        const answer = isLost ? null : await answers.wait(requestId, pause * 1000);
        isLost = false;
        if (answer === null && (await ask(at)).asked > 0) continue;
        end(step, requestId, answer ?? { failure: null, delay: null });
        return;
      }
    } catch (error) {
      broken.by = error instanceof Error ? error : new Error(String(error));
    }
  }

  function end(
    step: PruneStep,
    requestId: string,
    { failure, delay }: { readonly failure: FailureFact | null; readonly delay: string | null },
  ): void {
    underWay.delete(requestId);
    tally.settle(step, failure ?? (delay === null ? null : { code: 'RepositoryFailed', message: delay }));
    show();
  }

  function names(): readonly string[] {
    return [...underWay.values()].map(({ step }) => (step.repository === null ? '' : pathOf(step.repository)));
  }

  function status(): PruneStatus {
    return { ...tally.progress(), plan: input.plan, stage, since, pausedBy, underWay: names(), outcome };
  }

  function show(): void {
    const before = stage;
    if (stage === 'pruning' || stage === 'pausing' || stage === 'paused') {
      if (pausedBy === null) stage = 'pruning';
      else stage = isAsking || underWay.size > 0 ? 'pausing' : 'paused';
    }
    if (stage !== before) since = workflowTime();
    const { gone, kept, failed, troubles } = tally.progress();
    const last = troubles.at(-1);
    setCurrentDetails(
      [
        `**${stage}** since ${since}${pausedBy === null ? '' : `, wanted by ${pausedBy}`}`,
        `**gone**: ${gone} of ${input.plan.count}; kept: ${kept}; failed: ${failed}`,
        `**under way**: ${names().join(', ') || 'nothing'}`,
        last === undefined ? '' : `**last failure**: ${last.where}: ${last.failure.message}`,
      ]
        .filter((line) => line !== '')
        .join('\n\n'),
    );
  }
}

/** A run's own: the answer goes to the run that asked. */
function requestIdOf(at: PruneCursor): string {
  return `${workflowInfo().runId}/${at.section ?? 'new'}/${at.line}`;
}

function pathOf({ owner, dirname, chroot }: RepositoryId): string {
  return `${owner}/${dirname}/${chroot}`;
}

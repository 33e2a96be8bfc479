import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { PruneInput } from '../contracts/inputs.js';
import { pauseSignal, pruneStatusQuery } from '../contracts/messages.js';
import type { PruneOutcome, PruneStatus, PruneStep } from '../contracts/prune.js';
import { activitiesFor } from './proxies.js';
import { PruneAnswers } from './prune-answers.js';
import { PruneTally } from './prune-tally.js';

/** Each step is some ten events; begin anew well before the server's limits. */
const MAX_HISTORY = 4000;

/**
 * Carries out a plan of the pruner, directory by directory: a step is some lines of one directory, checked once more and
 * asked of its `repository`. A pause lets what is under way end and begins nothing new. What fails is said, and the rest
 * goes on. At the end the frontend hears which chroots were pruned for the last time.
 */
export async function pruneResults(input: PruneInput): Promise<PruneOutcome> {
  const activities = activitiesFor(input);
  const answers = new PruneAnswers();
  const tally = new PruneTally(input.carried?.progress ?? null);
  let cursor = input.carried === null ? { section: null, line: 0 } : input.carried.cursor;
  let pausedBy = input.carried?.pausedBy ?? null;
  let stage: PruneStatus['stage'] = 'pruning';
  let since = new Date().toISOString();
  let outcome: PruneOutcome | null = null;
  const underWay = new Map<string, string>();
  const broken: { by: Error | null } = { by: null };
  let isAsking = false;

  setHandler(pauseSignal, ({ by }) => {
    pausedBy = by;
    show();
  });
  setHandler(pruneStatusQuery, status);
  show();

  const isFull = (): boolean =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (input.eventLimit ?? MAX_HISTORY);
  const mayBegin = (): boolean => pausedBy === null && underWay.size < input.parallel && broken.by === null;
  while (cursor !== null && !isFull()) {
    await condition(() => mayBegin() || broken.by !== null);
    if (broken.by !== null) break;
    const at = cursor;
    const requestId = `${workflowInfo().runId}/${at.section ?? 'new'}/${at.line}`;
    const ask = (): Promise<PruneStep> =>
      activities.requestPruning({ plan: input.plan, at, lines: input.stepLines, requestId });
    isAsking = true;
    const step = await ask();
    isAsking = false;
    cursor = step.next;
    tally.add(step);
    if (step.repository !== null && step.asked > 0) {
      const { owner, dirname, chroot } = step.repository;
      underWay.set(requestId, `${owner}/${dirname}/${chroot}`);
      void settle(step, requestId, ask);
    }
    show();
  }
  await condition(() => underWay.size === 0 || broken.by !== null);
  if (broken.by !== null) throw broken.by;
  if (cursor !== null) {
    await continueAsNew<typeof pruneResults>({ ...input, carried: { cursor, progress: tally.progress(), pausedBy } });
  }
  stage = 'reporting';
  show();
  const { finished } = await activities.reportFinalPrune({ plan: input.plan, unwell: tally.progress().unwell });
  const { gone, kept, failed, troubleCount } = tally.progress();
  outcome = { result: troubleCount === 0 ? 'succeeded' : 'incomplete', gone, kept, failed, finished };
  stage = 'ended';
  show();
  return outcome;

  /** Waits for the repository's answer; one that was lost is found out by asking again. */
  async function settle(step: PruneStep, requestId: string, ask: () => Promise<PruneStep>): Promise<void> {
    try {
      for (;;) {
        const answer = await answers.wait(requestId, input.durations.resend * 1000);
        const isGone = answer === null && (await ask()).asked === 0;
        if (answer === null && !isGone) continue;
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

  function status(): PruneStatus {
    return { ...tally.progress(), plan: input.plan, stage, since, pausedBy, underWay: [...underWay.values()], outcome };
  }

  function show(): void {
    const before = stage;
    if (stage === 'pruning' || stage === 'pausing' || stage === 'paused') {
      if (pausedBy === null) stage = 'pruning';
      else stage = isAsking || underWay.size > 0 ? 'pausing' : 'paused';
    }
    if (stage !== before) since = new Date().toISOString();
    const { gone, kept, failed, troubles } = tally.progress();
    const last = troubles.at(-1);
    setCurrentDetails(
      [
        `**${stage}** since ${since}${pausedBy === null ? '' : `, wanted by ${pausedBy}`}`,
        `**gone**: ${gone} of ${input.plan.count}; kept: ${kept}; failed: ${failed}`,
        `**under way**: ${[...underWay.values()].join(', ') || 'nothing'}`,
        last === undefined ? '' : `**last failure**: ${last.where}: ${last.failure.message}`,
      ]
        .filter((line) => line !== '')
        .join('\n\n'),
    );
  }
}

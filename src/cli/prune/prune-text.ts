import type { PruneStatus } from '../../contracts/prune/prune.js';
import type { PlanningRound } from '../../starters/planning-round.js';

/** One line about a run. */
export function pruneLine(status: PruneStatus): string {
  const { plan, gone, kept, failed, troubleCount } = status;
  const parts = [`${gone} of ${plan.count} gone`];
  if (kept > 0) parts.push(`${kept} stay, for the plan does not hold for them any more`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (status.outcome !== null && status.outcome.finished > 0)
    parts.push(`${status.outcome.finished} chroots finally pruned`);
  if (troubleCount > 0) parts.push(`${troubleCount} directories with trouble`);
  const by = status.pausedBy === null ? '' : ` (by ${status.pausedBy})`;
  return `${status.outcome?.result ?? status.stage}${by}: ${parts.join('; ')}`;
}

/** One line about a round that is planning. */
export function planningLine({ workflowId, since, surveyed }: PlanningRound): string {
  const progress =
    surveyed === null ? 'no project is surveyed yet' : `${surveyed.looked} of ${surveyed.of} projects surveyed`;
  return `planning since ${since}: ${progress} (${workflowId})`;
}

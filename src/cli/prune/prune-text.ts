import type { PruneStatus } from '../../contracts/prune/prune.js';

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

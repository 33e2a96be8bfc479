import type { MaintenanceOutcome } from '../../contracts/maintenance/maintenance.js';
import type { PeriodicJob } from '../../contracts/maintenance/periodic-jobs.js';
import type { TrashRound } from '../../contracts/project/trash.js';
import type { PruneRound } from '../../contracts/prune/prune.js';

/** The work of a completed round, for people, and the work that it could not do. */
export type RoundSummary = { readonly text: string; readonly troubles: readonly string[] };

/** Reads the result of a round of any periodic job. */
export function roundSummary(job: PeriodicJob, result: unknown): RoundSummary {
  if (job === 'trash') return { text: `${(result as TrashRound).removed} files removed`, troubles: [] };
  if (job === 'prune-results') return pruned(result as PruneRound);
  const { summary, troubles } = result as MaintenanceOutcome;
  return { text: summary, troubles };
}

function pruned({ result, leftOut, outcome }: PruneRound): RoundSummary {
  const missed = leftOut === 0 ? [] : [`${leftOut} projects or directories were left out: pruner.log says why`];
  const failed = outcome === null || outcome.failed === 0 ? [] : [`${outcome.failed} removals failed`];
  return { text: PRUNED[result](outcome?.gone ?? 0), troubles: [...missed, ...failed] };
}

const PRUNED: Readonly<Record<PruneRound['result'], (gone: number) => string>> = {
  succeeded: (gone) => `${gone} packages and directories removed`,
  incomplete: (gone) => `${gone} packages and directories removed, and others not`,
  nothing: () => 'nothing to prune',
  underWay: () => 'left alone: another plan was being carried out',
  canceled: () => 'its plan was canceled',
};

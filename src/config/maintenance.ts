import { MAINTENANCE_JOBS, type MaintenanceJob } from '../contracts/maintenance/maintenance.js';
import { CHECKS, type CheckMode, type CheckName } from '../domain/maintenance/reconciliation.js';
import type { Config } from './schema.js';

/** Jobs that remove results: nobody loses files to a default, so they run only where results are pruned. */
const REMOVING: readonly MaintenanceJob[] = ['clean-result-directories', 'prune-srpms'];

/**
 * The maintenance jobs that a configuration makes sense of; the others have no Schedule.
 *
 * @param pruneAt when results are pruned (`pruneTime`)
 */
export function wantedJobs(
  { hitCounterLog }: Pick<Config, 'hitCounterLog'>,
  pruneAt: number | null,
): readonly MaintenanceJob[] {
  return MAINTENANCE_JOBS.filter((job) => {
    if (REMOVING.includes(job)) return pruneAt !== null;
    return job !== 'hit-counters' || hitCounterLog !== null;
  });
}

/** The mode of every check of the reconciler: without a word in the configuration a check proposes. */
export function checkModes(config: Pick<Config, 'reconcile'>): Readonly<Record<CheckName, CheckMode>> {
  const modes = CHECKS.map((name) => [name, config.reconcile[name] ?? 'propose'] as const);
  return Object.fromEntries(modes) as Record<CheckName, CheckMode>;
}

import { MAINTENANCE_JOBS, type MaintenanceJob } from '../contracts/maintenance/maintenance.js';

/** Jobs that remove results: nobody loses files to a default, so they run only where results are pruned. */
const REMOVING: readonly MaintenanceJob[] = ['clean-result-directories', 'prune-srpms'];

/**
 * The maintenance jobs that a configuration makes sense of; the others have no Schedule.
 *
 * @param pruneAt when results are pruned (`pruneTime`)
 */
export function wantedJobs(pruneAt: number | null): readonly MaintenanceJob[] {
  return MAINTENANCE_JOBS.filter((job) => {
    if (REMOVING.includes(job)) return pruneAt !== null;
    return job !== 'hit-counters';
  });
}

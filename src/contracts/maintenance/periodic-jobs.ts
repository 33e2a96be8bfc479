import { maintenanceScheduleId, pruneScheduleId, trashScheduleId } from '../names/ids.js';
import { MAINTENANCE_JOBS } from './maintenance.js';

/** Everything that a Schedule starts, as people name it: the maintenance jobs, pruning and the trash. */
export const PERIODIC_JOBS = [...MAINTENANCE_JOBS, 'prune-results', 'trash'] as const;

export type PeriodicJob = (typeof PERIODIC_JOBS)[number];

/** The id of the Schedule of a job in a results tree. */
export function scheduleIdOf(job: PeriodicJob, storage: string): string {
  if (job === 'prune-results') return pruneScheduleId(storage);
  return job === 'trash' ? trashScheduleId(storage) : maintenanceScheduleId(job, storage);
}

/** The job and the results tree of a Schedule's id; null for a Schedule that is not ours. */
export function parseScheduleId(scheduleId: string): { readonly job: PeriodicJob; readonly storage: string } | null {
  const storage = scheduleId.slice(scheduleId.lastIndexOf('/') + 1);
  const job = PERIODIC_JOBS.find((candidate) => scheduleIdOf(candidate, storage) === scheduleId);
  return job === undefined ? null : { job, storage };
}

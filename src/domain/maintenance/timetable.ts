import type { MaintenanceJob } from '../../contracts/maintenance/maintenance.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Seconds from 1970-01-01, a Thursday, to the first Sunday. */
const SUNDAY = 3 * DAY;

/** When a job runs: every so many seconds, and how many seconds after each full interval since 1970, in UTC. */
export type Timetable = { readonly every: number; readonly offset: number; readonly does: string };

/**
 * The rhythm of the cron files of the known service, where it had one (docs/neighbours/storage.md). The jobs that read
 * the whole tree do not begin together.
 *
 * @param pruneAt when results are pruned, in seconds since midnight UTC; null: never
 */
export function timetableOf(job: MaintenanceJob, pruneAt: number | null): Timetable {
  switch (job) {
    case 'analyze-results':
      return { every: WEEK, offset: SUNDAY + 5 * HOUR, does: 'measures the results' };
    case 'clean-result-directories':
      return { every: DAY, offset: 2 * HOUR, does: 'removes what builds and old versions left in result directories' };
    case 'compress-live-logs':
      return { every: WEEK, offset: SUNDAY + 1 * HOUR, does: 'compresses live logs that were left open' };
    case 'hit-counters':
      return { every: DAY, offset: HOUR / 3, does: 'counts downloads' };
    case 'prune-srpms':
      // After the packages, as the known service did.
      return { every: DAY, offset: ((pruneAt ?? 0) + HOUR) % DAY, does: 'removes old source builds' };
    case 'reconcile':
      return { every: HOUR, offset: (2 * HOUR) / 3, does: 'compares the backend with its neighbours' };
    case 'unknown-tickets':
      return { every: DAY, offset: 6 * HOUR, does: 'looks for tickets without a build' };
  }
}

import type { Client } from '@temporalio/client';
import { ensureSchedule, removeSchedule } from '../adapters/temporal/ensure-schedule.js';
import { wantedJobs } from '../config/maintenance.js';
import { pruningOf } from '../config/pruning.js';
import type { Config } from '../config/schema.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import { MAINTENANCE_JOBS } from '../contracts/maintenance/maintenance.js';
import { maintenanceScheduleId, pruneScheduleId, trashScheduleId } from '../contracts/names/ids.js';
import { STEP_LINES } from '../contracts/prune/prune.js';
import { timetableOf } from '../domain/maintenance/timetable.js';

/** Seconds between two rounds of emptying the trash. */
const TRASH_EVERY = 3600;
/** Seconds between two rounds of pruning, like the cron.daily of the known service. */
const PRUNE_EVERY = 86_400;

/**
 * Makes sure that the periodic work of a results tree has its Schedules. Rejects if it cannot now.
 *
 * @param pruneAt when results are pruned (`pruneTime`)
 */
export async function ensureSchedules(client: Client, config: Config, pruneAt: number | null): Promise<void> {
  const { storageName: storage } = config;
  const durations = DEFAULT_DURATIONS;
  await ensureSchedule(client, trashScheduleId(storage), {
    type: 'emptyTrash',
    input: { storage, durations },
    every: TRASH_EVERY,
    staticSummary: `removes what the trash of ${storage} held long enough`,
  });
  await ensureMaintenance(client, config, pruneAt);
  if (pruneAt === null) return removeSchedule(client, pruneScheduleId(storage));
  await ensureSchedule(client, pruneScheduleId(storage), {
    type: 'pruneAll',
    input: { storage, durations, stepLines: STEP_LINES, ...pruningOf(config) },
    ...{ every: PRUNE_EVERY, offset: pruneAt },
    staticSummary: `prunes the results of ${storage}`,
  });
}

/** A job that the configuration no longer makes sense of loses its Schedule. */
async function ensureMaintenance(client: Client, config: Config, pruneAt: number | null): Promise<void> {
  const { storageName: storage } = config;
  const wanted = wantedJobs(config, pruneAt);
  for (const job of MAINTENANCE_JOBS) {
    const scheduleId = maintenanceScheduleId(job, storage);
    if (!wanted.includes(job)) {
      await removeSchedule(client, scheduleId);
      continue;
    }
    const { every, offset, does } = timetableOf(job, pruneAt);
    await ensureSchedule(client, scheduleId, {
      type: 'maintenance',
      input: { job, storage, durations: DEFAULT_DURATIONS },
      ...{ every, offset, staticSummary: `${does}: ${storage}` },
    });
  }
}

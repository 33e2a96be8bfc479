import type { Client } from '@temporalio/client';
import { ensureSchedule } from '../adapters/temporal/ensure-schedule.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import { trashScheduleId } from '../contracts/names/ids.js';

/** Seconds between two rounds in the trash. */
const TRASH_EVERY = 3600;

/** Sees to it that the periodic work of a results tree has its Schedules. Rejects if it cannot now. */
export async function ensureSchedules(client: Client, storage: string): Promise<void> {
  await ensureSchedule(client, trashScheduleId(storage), {
    type: 'emptyTrash',
    input: { storage, durations: DEFAULT_DURATIONS },
    every: TRASH_EVERY,
    staticSummary: `removes what the trash of ${storage} held long enough`,
  });
}

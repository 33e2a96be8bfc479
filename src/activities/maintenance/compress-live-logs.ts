import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import type { BuildsUnderWay } from '../../ports/maintenance/builds-under-way.js';
import type { LeftLog, LeftLogs } from '../../ports/maintenance/left-logs.js';
import { orRefused } from '../../ports/or-refused.js';
import { boundedOutcome, type Tell } from './outcome.js';

/** Age at which a live log is left over (docs/neighbours/storage.md#clean-up). */
export const LIVE_LOG_DAYS = 7;
const DAY_MS = 86_400_000;

export type CompressLiveLogsDeps = {
  readonly logs: LeftLogs;
  readonly builds: BuildsUnderWay;
  readonly now: () => number;
  readonly tell: Tell;
};

/** Compresses live logs that have not changed for `days`, and removes those that have a whole `.gz` beside them. */
export function compressLiveLogs(
  { logs, builds, now, tell }: CompressLiveLogsDeps,
  options: { readonly days: number },
): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  return async ({ signal, progress, dryRun }) => {
    const troubles: string[] = [];
    let changed = 0;
    const refused = (line: string): void => {
      tell(`Not compressed: ${line}`);
      troubles.push(line);
    };
    for await (const log of logs.logs(signal, refused)) {
      progress(`${changed} logs compressed or removed; at ${log.file}`);
      if (log.changedAt > now() - options.days * DAY_MS) continue;
      if ((await orRefused(compact(log, dryRun), refused)) === true) changed += 1;
    }
    const verb = dryRun ? 'would be compressed or removed' : 'compressed or removed';
    return boundedOutcome({ summary: `${changed} live logs ${verb}`, changed: dryRun ? 0 : changed, troubles });
  };

  async function compact(log: LeftLog, dryRun: boolean): Promise<boolean> {
    // A silent build may run for longer than a week, and its follower still writes.
    if (log.buildId !== null && (await builds.buildIds()).has(log.buildId)) {
      tell(`Kept, because its build has not ended: ${log.file}`);
      return false;
    }
    if (dryRun) {
      tell(`Would compress: ${log.file}`);
      return true;
    }
    const end = await logs.compact(log);
    const words = { compressed: 'Compressed', removed: 'Removed, as its .gz is whole', kept: 'Kept, it has changed' };
    tell(`${words[end]}: ${log.file}`);
    return end !== 'kept';
  }
}

import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import { countHits as sumHits, type HitCount } from '../../domain/maintenance/hits.js';
import { pause } from '../../backoff/pause.js';
import type {
  AccessBatch,
  AccessLog,
  AccessLogs,
  CountNotes,
  HitCounters,
} from '../../ports/maintenance/hit-counting.js';
import { PortFailure } from '../../ports/port-failure.js';
import { boundedOutcome, type Tell } from './outcome.js';

/** The known client's attempts (docs/neighbours/frontend.md#refusals-and-outages). */
const ATTEMPTS = 5;
const PAUSE_MS = 5000;
const KEPT_DAYS = 90;

export type CountHitsDeps = {
  readonly logs: AccessLogs;
  readonly counters: HitCounters;
  readonly notes: CountNotes;
  readonly tell: Tell;
  readonly pauseMs?: number;
};

export type CountHitsOptions = {
  /** Waits for the frontend as long as it takes. */
  readonly tryIndefinitely: boolean;
  /** The treatment of hits that the frontend may or may not have counted; null: name them. */
  readonly doubtful: 'counted' | 'again' | null;
};

/**
 * Adds the accesses of logs to the frontend's counters, each exactly once. The frontend adds whatever it is sent, so
 * that a note is made before each report and after it. If a round is cut off between the two, nobody knows whether the
 * frontend has counted that batch: it is named, and neither counted again nor deleted, until a person decides.
 */
export function countHits(
  deps: CountHitsDeps,
  options: CountHitsOptions,
): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  const { logs, counters, notes, tell } = deps;
  return async (round) => {
    const totals = { hits: 0, logs: 0, troubles: [] as string[] };
    const work = async (): Promise<true> => {
      let isBegun = false;
      for await (const log of logs.logs(round.signal)) {
        isBegun ||= log.isRotated && (await notes.read(log.id)) !== null;
        if (log.isRotated && !isBegun) continue;
        round.progress(`${totals.hits} hits in ${totals.logs} logs counted; at ${log.name}`);
        try {
          totals.hits += await countLog(log, round);
          totals.logs += 1;
        } catch (error) {
          if (!(error instanceof PortFailure)) throw error;
          tell(`Not counted: ${log.name}: ${error.message}`);
          totals.troubles.push(`${log.name}: ${error.message}`);
        }
      }
      if (!round.dryRun) await notes.forgetOld(KEPT_DAYS);
      return true;
    };
    if ((await (round.dryRun ? work() : notes.alone(work))) === null)
      totals.troubles.push('another process is counting hits; nothing was counted here');
    const verb = round.dryRun ? 'would be counted' : 'counted';
    const summary = `${totals.hits} hits in ${totals.logs} logs ${verb}`;
    return boundedOutcome({ summary, changed: round.dryRun ? 0 : totals.hits, troubles: totals.troubles });
  };

  /** Returns the number of hits that are counted now. */
  async function countLog(log: AccessLog, round: MaintenanceRound): Promise<number> {
    const note = await notes.read(log.id);
    let from = note?.upTo ?? 0;
    let counted = 0;
    if (note?.state === 'sending') {
      if (options.doubtful === null) throw uncertainCount(note.from, note.upTo, note.count);
      if (options.doubtful === 'again') from = note.from;
      else if (!round.dryRun) await notes.write(log.id, { state: 'counted', upTo: note.upTo });
    }
    for await (const batch of log.batches(from, round.signal)) {
      counted += await countBatch(log, from, batch, round);
      from = batch.upTo;
    }
    if (round.dryRun) return counted;
    await ((await log.finish()) === 'deleted' ? notes.forget(log.id) : notes.touch(log.id));
    return counted;
  }

  async function countBatch(
    log: AccessLog,
    from: number,
    batch: AccessBatch,
    round: MaintenanceRound,
  ): Promise<number> {
    const count = sumHits(batch.accesses);
    const { upTo } = batch;
    if (count !== null && round.dryRun) tell(`Would count: ${log.name}: ${JSON.stringify(count.hits)}`);
    if (count !== null && !round.dryRun) {
      await notes.write(log.id, { state: 'sending', from, upTo, count });
      await report(log, { from, upTo, count }, round.signal);
    }
    if (!round.dryRun) await notes.write(log.id, { state: 'counted', upTo });
    return count === null ? 0 : Object.values(count.hits).reduce((sum, hits) => sum + hits, 0);
  }

  /** Resolves when the frontend has counted the hits. Rejects if it has not, or if nobody knows. */
  async function report(
    log: AccessLog,
    { from, upTo, count }: { readonly from: number; readonly upTo: number; readonly count: HitCount },
    signal: AbortSignal,
  ): Promise<void> {
    const base = deps.pauseMs ?? PAUSE_MS;
    for (let attempt = 1; ; attempt += 1) {
      // Not cut off by the signal: the answer says whether the hits count.
      const report = await counters.add(count);
      if (report.end === 'counted') return;
      if (report.end === 'unknown') throw uncertainCount(from, upTo, count, report.why);
      const isLast = !report.mayPass || (!options.tryIndefinitely && attempt >= ATTEMPTS) || signal.aborted;
      if (isLast) {
        await notes.write(log.id, { state: 'counted', upTo: from });
        signal.throwIfAborted();
        // The counters have said whether it may pass; the code alone covers both.
        throw new PortFailure('FrontendRefused', report.why, { retryable: report.mayPass });
      }
      tell(`${log.name}: ${report.why}; it will be asked again`);
      await pause(Math.min(base * attempt, 60_000), signal);
    }
  }
}

function uncertainCount(from: number, upTo: number, { hits }: HitCount, why?: string): PortFailure {
  const cause = why ?? 'the last round was cut off while it sent them';
  const message =
    `the frontend may have counted the hits between ${from} and ${upTo} or not (${cause}): ` +
    `look at its counters, then use --doubtful counted or --doubtful again; they are ${JSON.stringify(hits)}`;
  // Counted twice is worse than late: a person decides.
  return new PortFailure('FrontendUnavailable', message, { retryable: false });
}

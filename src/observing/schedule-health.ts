import type { MaintenanceOutcome } from '../contracts/maintenance/maintenance.js';
import { roundSummary } from '../domain/maintenance/round-summary.js';
import type { PeriodicWorkState } from '../ports/maintenance/periodic-work.js';
import type { Metrics } from './metrics.js';

/** Results older than this are no longer reported: then the looks themselves fail. */
const OLD_MS = 300_000;

/** The periodic work, as of this process's last look. */
export class ScheduleHealth {
  #seen: { readonly states: readonly PeriodicWorkState[]; readonly at: number } | null = null;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly seen = (states: readonly PeriodicWorkState[]): void => {
    this.#seen = { states, at: this.#now() };
  };

  /** None if there was no recent look. */
  states(): readonly PeriodicWorkState[] {
    return this.#seen === null || this.#now() - this.#seen.at > OLD_MS ? [] : this.#seen.states;
  }
}

/** Sets when rounds last ended well, and what the last ones told; without a look there are no numbers. */
export function collectSchedules(metrics: Metrics, health: ScheduleHealth): void {
  const { scheduleSuccess, scheduleInterval, schedulePaused, scheduleTroubles, reconcileFindings } = metrics;
  for (const gauge of [scheduleSuccess, scheduleInterval, schedulePaused, scheduleTroubles, reconcileFindings])
    gauge.reset();
  for (const state of health.states()) {
    const { job, storage, every, paused, rounds } = state;
    scheduleSuccess.set({ job, storage }, lastSuccess(state) / 1000);
    scheduleInterval.set({ job, storage }, every);
    schedulePaused.set({ job, storage }, paused === null ? 0 : 1);
    const last = rounds.find((round) => round.state === 'completed');
    if (last === undefined) continue;
    scheduleTroubles.set({ job, storage }, roundSummary(job, last.result).troubles.length);
    const counts = job === 'reconcile' ? (last.result as MaintenanceOutcome).counts : undefined;
    for (const [check, count] of Object.entries(counts ?? {})) reconcileFindings.set({ check, storage }, count);
  }
}

/** In ms since 1970. A round that Temporal no longer keeps counts as good, from its start: nobody can know better. */
function lastSuccess({ rounds, createdAt }: PeriodicWorkState): number {
  const good = rounds.map(({ state, startedAt, endedAt }) => {
    if (state === 'completed') return Date.parse(endedAt ?? startedAt);
    return state === 'forgotten' ? Date.parse(startedAt) : 0;
  });
  return Math.max(Date.parse(createdAt), ...good);
}

import { requestedArch } from '../domain/dispatch/dispatch-limits.js';
import type { Trace, TracedTask } from './trace.js';

/** Taken for a build where the trace shows the end of none. */
const UNKNOWN_MS = 600_000;

/**
 * How long each task holds a slot, in ms: as long as it did in the trace. One whose end the trace does not have takes as
 * long as its architecture's builds usually do, and not less than it was seen to run.
 */
export function estimateDurations(trace: Trace): ReadonlyMap<string, number> {
  const known = new Map<string, number[]>();
  for (const task of trace.tasks) {
    const duration = durationOf(task);
    if (duration === null) continue;
    for (const kind of ['all', kindOf(task)]) {
      const others = known.get(kind);
      if (others === undefined) known.set(kind, [duration]);
      else others.push(duration);
    }
  }
  const usual = new Map([...known].map(([kind, durations]) => [kind, median(durations)]));
  return new Map(
    trace.tasks.map((task) => {
      const seen = task.started === null ? 0 : trace.to - task.started;
      const guess = usual.get(kindOf(task)) ?? usual.get('all') ?? UNKNOWN_MS;
      return [task.facts.taskId, durationOf(task) ?? Math.max(seen, guess)];
    }),
  );
}

function durationOf({ started, ended }: TracedTask): number | null {
  return started === null || ended === null ? null : ended - started;
}

function kindOf({ facts }: TracedTask): string {
  return facts.source ? 'source' : `arch ${requestedArch(facts) ?? ''}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

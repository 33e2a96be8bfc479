import { requestedArch } from '../domain/dispatch/dispatch-limits.js';
import type { Trace, TracedTask } from './trace.js';

/** Assumed for a build if the trace contains the end of none. */
const UNKNOWN_MS = 600_000;

/**
 * How long each task holds a slot, in ms: as long as it did in the trace. A task whose end is not in the trace takes as
 * long as builds of its architecture usually do, and at least as long as it was seen to run.
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

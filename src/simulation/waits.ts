import { requestedArch } from '../domain/dispatch/dispatch-limits.js';
import type { Simulated } from './simulate.js';
import type { Trace, TracedTask } from './trace.js';

/** Waits in ms of the tasks that started; `unstarted`: tasks that the limits never let start. */
export type Waits = {
  readonly p50: number;
  readonly p95: number;
  readonly started: number;
  readonly unstarted: number;
};

export type WaitRow = {
  readonly of: 'all' | 'arch' | 'owner';
  /** Architecture (`source` for source builds) or owner. */
  readonly name: string;
  readonly tasks: number;
  /** As recorded in the trace. */
  readonly recorded: Waits;
  readonly old: Waits;
  readonly new: Waits | null;
};

/** Waits in total, by architecture, and by owner; those with most tasks first. */
export function summarizeWaits(
  trace: Trace,
  runs: { readonly old: readonly Simulated[]; readonly new: readonly Simulated[] | null },
): readonly WaitRow[] {
  const counted = new Set(trace.tasks.filter((task) => isCounted(task, trace)));
  const all = { recorded: recordedWaits(counted), old: waits(runs.old, counted) };
  const changed = runs.new === null ? null : waits(runs.new, counted);
  const groups = new Map<string, Pick<WaitRow, 'of' | 'name'> & { readonly members: TracedTask[] }>();
  for (const task of counted) {
    for (const [of, name] of groupsOf(task)) {
      const group = groups.get(`${of} ${name}`) ?? { of, name, members: [] };
      group.members.push(task);
      groups.set(`${of} ${name}`, group);
    }
  }
  const order = ['all', 'arch', 'owner'];
  return [...groups.values()]
    .map(({ of, name, members }) => ({
      ...{ of, name, tasks: members.length },
      recorded: summary(members, all.recorded),
      old: summary(members, all.old),
      new: changed === null ? null : summary(members, changed),
    }))
    .sort((a, b) => order.indexOf(a.of) - order.indexOf(b.of) || b.tasks - a.tasks || (a.name < b.name ? -1 : 1));
}

/** Builds that ran before the trace began, and those that left, have no wait. */
export function isCounted(task: TracedTask, trace: Trace): boolean {
  return task.left === null && (task.started === null || task.started > trace.from);
}

function groupsOf({ facts }: TracedTask): readonly (readonly [WaitRow['of'], string])[] {
  const arch = facts.source ? 'source' : (requestedArch(facts) ?? 'none');
  return [
    ['all', 'all'],
    ['arch', arch],
    ['owner', facts.owner],
  ];
}

function recordedWaits(tasks: ReadonlySet<TracedTask>): ReadonlyMap<TracedTask, number> {
  return new Map(
    [...tasks].flatMap((task) => (task.started === null ? [] : [[task, task.started - task.arrived] as const])),
  );
}

function waits(lives: readonly Simulated[], counted: ReadonlySet<TracedTask>): ReadonlyMap<TracedTask, number> {
  return new Map(
    lives.flatMap(({ task, arrivedAt, startedAt }) =>
      startedAt === null || !counted.has(task) ? [] : [[task, startedAt - arrivedAt] as const],
    ),
  );
}

function summary(members: readonly TracedTask[], known: ReadonlyMap<TracedTask, number>): Waits {
  const sorted = members.flatMap((task) => known.get(task) ?? []).sort((a, b) => a - b);
  return {
    ...{ p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) },
    ...{ started: sorted.length, unstarted: members.length - sorted.length },
  };
}

/** The least value that at least this share of the values does not exceed; 0 for none. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

import type { FrontendTap } from '../installation/frontend-tap.js';

/** From the permission to start until the terminal report; null: not ended yet. Times in ms since 1970. */
export type TaskSpan = { readonly taskId: string; readonly started: number; readonly ended: number | null };

const STARTING = 6;
const TERMINAL: readonly (number | null)[] = [0, 1, 2];

/** Tasks that were started, in the order of their starts. */
export function taskSpans(tap: Pick<FrontendTap, 'reports'>): readonly TaskSpan[] {
  const spans = new Map<string, TaskSpan>();
  for (const { taskId, status, answeredAt } of tap.reports) {
    if (taskId === null) continue;
    const known = spans.get(taskId);
    if (status === STARTING && known === undefined) spans.set(taskId, { taskId, started: answeredAt, ended: null });
    if (known !== undefined && TERMINAL.includes(status)) spans.set(taskId, { ...known, ended: answeredAt });
  }
  return [...spans.values()];
}

/** The smallest number of tasks that ran at the same time between `begin` and `end`. */
export function runningLeast(
  spans: readonly TaskSpan[],
  { begin, end }: { readonly begin: number; readonly end: number },
): number {
  const runningAt = (at: number): number =>
    spans.filter(({ started, ended }) => started <= at && (ended === null || ended > at)).length;
  const ends = spans.flatMap(({ ended }) => (ended !== null && ended > begin && ended <= end ? [ended] : []));
  return Math.min(...[begin, ...ends].map(runningAt));
}

/** Starts that exceeded a limit, one line each. `limitsOf` names every limit that counts a task. */
export function findViolations(
  spans: readonly TaskSpan[],
  limitsOf: (taskId: string) => readonly { readonly limit: string; readonly of: number }[],
): readonly string[] {
  const counts = new Map<string, number>();
  const violations: string[] = [];
  // An end frees its slots before a start in the same millisecond takes them.
  const moves = spans
    .flatMap(({ taskId, started, ended }) => [
      { at: started, by: 1, taskId },
      ...(ended === null ? [] : [{ at: ended, by: -1, taskId }]),
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  for (const { taskId, by } of moves) {
    for (const { limit, of } of limitsOf(taskId)) {
      const used = (counts.get(limit) ?? 0) + by;
      counts.set(limit, used);
      if (by > 0 && used > of) violations.push(`${taskId} started with ${used} of ${of}: ${limit}`);
    }
  }
  return violations;
}

/** Owners who wait while another owner was served at least twice more, if all tasks are of one class. */
export function findStarved(
  spans: readonly TaskSpan[],
  tasks: readonly { readonly taskId: string; readonly owner: string }[],
): readonly string[] {
  const started = new Set(spans.map(({ taskId }) => taskId));
  const served = new Map<string, number>();
  const waiting = new Set<string>();
  for (const { taskId, owner } of tasks) {
    served.set(owner, (served.get(owner) ?? 0) + (started.has(taskId) ? 1 : 0));
    if (!started.has(taskId)) waiting.add(owner);
  }
  const most = Math.max(...served.values());
  return [...waiting].filter((owner) => (served.get(owner) ?? 0) < most - 1);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrontendTap } from '../installation/frontend-tap.js';

/** The times of one task as seen from outside, in ms since 1970. */
export type BuildTimes = {
  readonly taskId: string;
  /** Last byte of the first list of pending tasks that named it. */
  readonly listed: number;
  /** `starting_build` answered. */
  readonly started: number;
  /** The terminal report answered. */
  readonly ended: number;
  /** Number in the terminal report (docs/neighbours/frontend.md#numbers): 1 is success. */
  readonly status: number;
  /** From the start of copr-rpmbuild to its end, according to the builder's journal. */
  readonly ownMs: number;
};

export const SUCCEEDED = 1;
const STARTING = 6;
const TERMINAL: readonly number[] = [0, SUCCEEDED, 2];

/** Tasks whose terminal report has been answered. */
export function endedTasks(tap: FrontendTap): ReadonlySet<string> {
  const ended = tap.reports.filter(({ status }) => TERMINAL.includes(status ?? -1));
  return new Set(ended.flatMap(({ taskId }) => (taskId === null ? [] : [taskId])));
}

/** Times of ended tasks; throws if a task lacks one. */
export function buildTimes(
  tap: FrontendTap,
  journal: ReadonlyMap<string, { readonly start: number; readonly end: number }>,
  taskIds: readonly string[],
): readonly BuildTimes[] {
  const started = new Map<string, number>();
  const ended = new Map<string, { readonly at: number; readonly status: number }>();
  for (const { taskId, status, answeredAt } of tap.reports) {
    if (taskId === null || status === null) continue;
    if (status === STARTING && !started.has(taskId)) started.set(taskId, answeredAt);
    if (TERMINAL.includes(status)) ended.set(taskId, { at: answeredAt, status });
  }
  return taskIds.map((taskId) => {
    const end = ended.get(taskId);
    const own = journal.get(taskId);
    const from = { listed: tap.listedAt.get(taskId), started: started.get(taskId) };
    if (end === undefined || own === undefined || from.listed === undefined || from.started === undefined) {
      throw new Error(`task ${taskId} was not seen from its list to its end`);
    }
    return {
      taskId,
      ...{ listed: from.listed, started: from.started, ended: end.at, status: end.status },
      ownMs: own.end - own.start,
    };
  });
}

/** Start and end of copr-rpmbuild by task, last run, according to the builders' journal. */
export function readJournal(playgroundDirectory: string): ReadonlyMap<string, { start: number; end: number }> {
  const runs = new Map<string, { start: number; end: number }>();
  const text = readFileSync(join(playgroundDirectory, 'pool', 'journal.jsonl'), 'utf8');
  for (const line of text.split('\n').filter((candidate) => candidate !== '')) {
    const { at, event, taskUrl } = JSON.parse(line) as { at: string; event: string; taskUrl: string | null };
    const taskId = taskUrl?.split('/').at(-1);
    if (taskId === undefined) continue;
    const known = runs.get(taskId) ?? { start: Number.NaN, end: Number.NaN };
    if (event === 'start' || event === 'end') runs.set(taskId, { ...known, [event]: Date.parse(at) });
  }
  return runs;
}

import pMap from 'p-map';
import type { FrontendTrouble } from '../contracts/dispatch/queue.js';
import { OUTSIDE_SYSTEMS, waitedFor, type OutsideSystem } from '../contracts/failures/outside-systems.js';
import type { OpenClient } from './connect.js';
import { listTasks } from './task-list.js';
import { hasEnded, type TaskReport } from './task-report.js';
import { withWaitsOn } from './waits-on.js';

/** A system that running tasks wait for, or that cannot be asked for tasks. */
export type Outage = {
  readonly system: OutsideSystem;
  /** ISO 8601; when the first call that still fails was made; null: not known. */
  readonly since: string | null;
  /** Running tasks that wait for it. */
  readonly tasks: number;
  /** There are more running tasks than were looked at. */
  readonly isAtLeast: boolean;
  readonly failure: { readonly code: string; readonly message: string };
};

/** Running tasks that are looked at for an outage. */
const LOOKED_AT = 200;
/** Tasks whose repository or key is looked at: they do not know why it is late. */
const EXPLAINED = 40;
const AT_ONCE = 8;

/** Outages as the tasks show them that run now. Rejects as `listTasks` does. */
export async function findOutages(open: OpenClient, trouble: readonly FrontendTrouble[]): Promise<readonly Outage[]> {
  const { reports, more } = await listTasks(open, { now: Date.now(), endedWithinMs: 0, limit: LOOKED_AT });
  return outagesOf(open, { reports, more, trouble });
}

/** The same for tasks that are known already; `trouble`: what a poller says about the frontend. */
export async function outagesOf(
  open: OpenClient,
  known: {
    readonly reports: readonly TaskReport[];
    readonly more: boolean;
    readonly trouble: readonly FrontendTrouble[];
  },
): Promise<readonly Outage[]> {
  const running = known.reports.filter((report) => !hasEnded(report));
  const late = running.filter((report) => failuresOf(report).length === 0).slice(0, EXPLAINED);
  const explained = await pMap(late, (report) => withWaitsOn(open, report), { concurrency: AT_ONCE });
  const waits = [...running.filter((report) => !late.includes(report)), ...explained].flatMap((report) =>
    failuresOf(report).map((failure) => ({ ...failure, task: report.task })),
  );
  const polls = known.trouble.map((one) => ({ ...one, system: waitedFor(one.code), task: null }));
  const all = [...polls, ...waits];
  return OUTSIDE_SYSTEMS.flatMap((system) => {
    const own = all.filter((one) => one.system === system);
    const [first] = own;
    if (first === undefined) return [];
    const { code, message } = first;
    const since = own.flatMap((one) => one.since ?? []).sort()[0] ?? null;
    const tasks = new Set(own.flatMap(({ task }) => task ?? [])).size;
    return [{ system, since, tasks, isAtLeast: known.more, failure: { code, message } }];
  });
}

type Failure = {
  readonly system: OutsideSystem | null;
  readonly code: string;
  readonly message: string;
  readonly since: string | null;
};

/** Failures that a task, or a workflow that it waits for, tries again. */
function failuresOf({ pending, waitsOn = [] }: TaskReport): readonly Failure[] {
  const others = waitsOn.flatMap((one) => (one.kind === 'failing' ? [one.activity] : []));
  return [...pending, ...others].flatMap(({ lastFailure, since }) => {
    const system = waitedFor(lastFailure?.code);
    return lastFailure === null || system === null ? [] : [{ ...lastFailure, system, since }];
  });
}

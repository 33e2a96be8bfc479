import pMap from 'p-map';
import { IS_OPEN } from '../adapters/temporal/open-workflows.js';
import { workflowName } from '../contracts/names/ids.js';
import type { OpenClient } from './connect.js';
import { reportTask, type TaskReport } from './task-report.js';
import { parseTaskReference, type TaskReference } from './task-reference.js';

const QUERIES_AT_ONCE = 8;

export type TaskList = {
  readonly reports: readonly TaskReport[];
  /** More tasks than `limit` match. */
  readonly more: boolean;
};

/** Running and paused builds and actions, then those that ended within `endedWithinMs`, newest first. */
export async function listTasks(
  open: OpenClient,
  options: {
    readonly now: number;
    readonly endedWithinMs: number;
    readonly limit: number;
    /** Without it: both. */
    readonly only?: 'action';
  },
): Promise<TaskList> {
  const since = new Date(options.now - options.endedWithinMs).toISOString();
  const types =
    options.only === 'action' ? `WorkflowType = "action"` : `(WorkflowType = "build" OR WorkflowType = "action")`;
  const running = await find(open, `${types} AND ${IS_OPEN}`, options.limit + 1);
  const ended = await find(open, `${types} AND CloseTime > "${since}"`, options.limit + 1 - running.length);
  const found = [...running, ...ended];
  const reports = await pMap(
    found.slice(0, options.limit),
    (reference) => reportTask(open, reference).catch(() => null),
    { concurrency: QUERIES_AT_ONCE },
  );
  return { reports: reports.filter((report) => report !== null), more: found.length > options.limit };
}

async function find(open: OpenClient, query: string, limit: number): Promise<readonly TaskReference[]> {
  const found: TaskReference[] = [];
  if (limit <= 0) return found;
  for await (const execution of open.client.workflow.list({ query, pageSize: Math.min(limit, 200) })) {
    const reference = parseTaskReference(workflowName(execution));
    if (reference !== null) found.push(reference);
    if (found.length >= limit) break;
  }
  return found;
}

import { WorkflowNotFoundError } from '@temporalio/common';
import { createFailingWorkflows, MARKED } from '../adapters/temporal/failing-workflows.js';
import { IS_OPEN } from '../adapters/temporal/open-workflows.js';
import {
  SUSPICIOUS_ATTEMPTS,
  type WorkflowTaskTrouble,
  workflowTaskTrouble,
} from '../adapters/temporal/workflow-task-trouble.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/names/ids.js';
import { isSafeName } from '../domain/names/safe-name.js';
import type { FailingLook, FailingWorkflow } from '../ports/failing-workflows.js';
import type { OpenClient } from './connect.js';

/** Workflows that are described one by one; of any more only the number is reported. */
const MAX_EXPLAINED = 10;
/** Lower than for the alarm: a person can judge the result. */
const BOUNDS = { described: 200, attempts: SUSPICIOUS_ATTEMPTS };

/** A list filter for all workflows that the server marks as failing. */
export const FAILING_WORKFLOWS = `${MARKED} AND ${IS_OPEN}`;

/** A workflow whose tasks fail, and why. */
export type FailingReport = {
  readonly workflow: FailingWorkflow;
  readonly namespace: string;
  readonly trouble: WorkflowTaskTrouble;
};

export type FailingReports = {
  readonly reports: readonly FailingReport[];
  /** How many more fail; at least one if a check could not name all. */
  readonly unexplained: number;
  /** Why the check was incomplete; null: it was complete. */
  readonly missed: string | null;
};

const NOTHING: FailingReports = { reports: [], unexplained: 0, missed: null };

/** All workflows whose tasks fail, explained. Never rejects, because the command can answer without it. */
export async function findFailing(open: OpenClient): Promise<FailingReports> {
  try {
    return await explain(open, await createFailingWorkflows({ client: open.client, bounds: BOUNDS }).look());
  } catch (error) {
    return { ...NOTHING, missed: messageOf(error) };
  }
}

/** Workflows that may hold up a task: its dispatcher, and all others of its owner. Never rejects. */
export async function findFailingAround(
  open: OpenClient,
  task: { readonly kind: 'build' | 'action'; readonly workflowId: string; readonly owner: string | null },
): Promise<FailingReports> {
  try {
    const dispatcher = await failingDispatcher(open, task.kind);
    const own = dispatcher === null ? [] : [dispatcher];
    if (task.owner === null || !isSafeName(task.owner)) return { ...NOTHING, reports: own };
    const look = await createFailingWorkflows({ client: open.client, owner: task.owner, bounds: BOUNDS }).look();
    const told = new Set([task.workflowId, BUILD_DISPATCHER_ID, ACTION_DISPATCHER_ID]);
    const others = look.found.filter(({ workflowId }) => !told.has(workflowId));
    const around = await explain(open, { ...look, found: others });
    return { ...around, reports: [...own, ...around.reports] };
  } catch (error) {
    return { ...NOTHING, missed: messageOf(error) };
  }
}

/** Null if the dispatcher's tasks succeed, or if there is none. */
export function failingDispatcher(open: OpenClient, of: 'build' | 'action'): Promise<FailingReport | null> {
  const workflowId = of === 'build' ? BUILD_DISPATCHER_ID : ACTION_DISPATCHER_ID;
  return failingReport(open, { workflowId, runId: '', type: `${of}Dispatcher` });
}

/** Null if its tasks succeed, or if it is not running. */
async function failingReport(open: OpenClient, workflow: FailingWorkflow): Promise<FailingReport | null> {
  const { client } = open;
  try {
    const { raw } = await client.workflow.getHandle(workflow.workflowId).describe();
    const trouble = await workflowTaskTrouble(client, raw);
    return trouble === null ? null : { workflow, namespace: open.namespace, trouble };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function explain(open: OpenClient, { found, more, missed }: FailingLook): Promise<FailingReports> {
  const reports: FailingReport[] = [];
  for (const workflow of found.slice(0, MAX_EXPLAINED)) {
    const report = await failingReport(open, workflow);
    if (report !== null) reports.push(report);
  }
  return { reports, unexplained: Math.max(0, found.length - MAX_EXPLAINED) + (more ? 1 : 0), missed };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { Client } from '@temporalio/client';
import pMap from 'p-map';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../../contracts/names/ids.js';
import { COPR_OWNER } from '../../contracts/search-attributes.js';
import { LONG_LIVED_TYPES } from '../../contracts/workflows.js';
import type { FailingWorkflow, FailingWorkflows } from '../../ports/failing-workflows.js';
import { hasGrpcStatus } from './grpc-status.js';
import { IS_OPEN } from './open-workflows.js';

/** The server's own mark (1.30 and later, after five failures in a row by default). */
export const MARKED = 'TemporalReportedProblems IS NOT NULL';
const LONG_LIVED = `WorkflowType IN (${LONG_LIVED_TYPES.map((type) => `"${type}"`).join(', ')})`;

/** From this attempt on a workflow task counts as failing repeatedly; the server's mark also comes with the sixth. */
const FAILING_ATTEMPTS = 6;
/** Workflows that one check reports. */
const MAX_NAMED = 500;
/** Workflows described per check; the next checks describe the others in turn. */
const MAX_DESCRIBED = 200;
const PARALLEL = 8;
const LOOK_MS = 20_000;
/** Limit of one call, and so the longest time that a check continues after it was told to end. */
const CALL_MS = 5000;

type Until = { readonly signal: AbortSignal; readonly end: number };
type Page = { readonly executions: readonly FailingWorkflow[]; readonly next: Uint8Array };
const BEGINNING: Uint8Array = new Uint8Array();

/**
 * Finds failing workflows by the server's mark, and by the attempt of their pending workflow task: a server may be too
 * old for the mark or have it switched off. Each check describes both dispatchers, all workflows that failed before,
 * and a page of the other long-lived ones (or of all, if the server does not know the mark), starting where the last
 * check ended. `owner`: only workflows of this owner, and the dispatchers.
 */
export function createFailingWorkflows(deps: {
  readonly client: Client;
  readonly owner?: string;
  readonly bounds?: { readonly described: number; readonly attempts: number };
}): FailingWorkflows {
  const { client, bounds = { described: MAX_DESCRIBED, attempts: FAILING_ATTEMPTS } } = deps;
  const { namespace } = client.options;
  const ofOwner = deps.owner === undefined ? [] : [`${COPR_OWNER.name} = "${deps.owner.replace(/["\\]/g, '')}"`];
  const failed = new Map<string, FailingWorkflow>();
  let isMarkKnown = true;
  let next = BEGINNING;

  return {
    look: async (signal = new AbortController().signal) => {
      const end = Date.now() + LOOK_MS;
      const marked = await call(listMarked);
      const missed = await describeSome({ signal, end }).then(
        () => null,
        (error: unknown) => `workflows could not be described: ${messageOf(error)}`,
      );
      const found = new Map([...failed.values(), ...marked.executions].map((one) => [one.workflowId, one]));
      const named = [...found.values()].slice(0, MAX_NAMED);
      return { found: named, more: marked.next.length > 0 || found.size > named.length, missed };
    },
  };

  /** Not with a signal, because each call would leave a listener on it. */
  function call<T>(work: () => Promise<T>): Promise<T> {
    return client.withDeadline(Date.now() + CALL_MS, work);
  }

  async function listMarked(): Promise<Page> {
    try {
      const page = await list([IS_OPEN, MARKED], MAX_NAMED, BEGINNING);
      if (!isMarkKnown) next = BEGINNING;
      isMarkKnown = true;
      return page;
    } catch (error) {
      if (!hasGrpcStatus(error, 'invalidArgument')) throw error;
      if (isMarkKnown) next = BEGINNING;
      isMarkKnown = false;
      return { executions: [], next: BEGINNING };
    }
  }

  async function describeSome({ signal, end }: Until): Promise<void> {
    const dispatchers = [
      { workflowId: BUILD_DISPATCHER_ID, runId: '', type: 'buildDispatcher' },
      { workflowId: ACTION_DISPATCHER_ID, runId: '', type: 'actionDispatcher' },
    ];
    const page = await call(nextPage);
    // Workflows that still fail move to the end, so that each gets its turn.
    const before = [...failed.values()].slice(0, bounds.described);
    const some = new Map([...dispatchers, ...before, ...page].map((one) => [one.workflowId, one]));
    const describe = async (one: FailingWorkflow, index: number): Promise<void> => {
      signal.throwIfAborted();
      if (Date.now() > end) throw new Error(`${some.size - index} of them were left after ${LOOK_MS / 1000} s`);
      const runId = await call(() => failingRun(one));
      failed.delete(one.workflowId);
      if (runId !== null && failed.size < MAX_NAMED) failed.set(one.workflowId, { ...one, runId });
    };
    await pMap(some.values(), describe, { concurrency: PARALLEL });
  }

  async function nextPage(): Promise<readonly FailingWorkflow[]> {
    const from = next;
    next = BEGINNING; // do not retry a token forever that the server no longer accepts
    const page = await list([IS_OPEN, ...(isMarkKnown ? [LONG_LIVED] : [])], bounds.described, from);
    next = page.next;
    return page.executions;
  }

  async function list(conditions: readonly string[], pageSize: number, nextPageToken: Uint8Array): Promise<Page> {
    const query = [...conditions, ...ofOwner].join(' AND ');
    const page = await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken });
    const executions = page.executions.map(({ execution, type }) => ({
      workflowId: execution?.workflowId ?? '',
      runId: execution?.runId ?? '',
      type: type?.name ?? '',
    }));
    return { executions, next: page.nextPageToken };
  }

  /** The id of the current run if its task fails; null: it is healthy, or has ended. */
  async function failingRun({ workflowId }: FailingWorkflow): Promise<string | null> {
    try {
      const { pendingWorkflowTask, workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution({
        namespace,
        execution: { workflowId },
      });
      const isFailing = (pendingWorkflowTask?.attempt ?? 0) >= bounds.attempts;
      return isFailing ? (workflowExecutionInfo?.execution?.runId ?? '') : null;
    } catch (error) {
      if (hasGrpcStatus(error, 'notFound')) return null;
      throw error;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

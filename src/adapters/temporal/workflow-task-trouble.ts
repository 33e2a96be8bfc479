import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { oneLine } from '../../domain/plain-text.js';

/** Why the workflow task of a running workflow fails. */
export type WorkflowTaskTrouble = {
  /** Attempts so far, including the current one; null if only the server's mark reports the failure. */
  readonly attempts: number | null;
  /** When it began to fail, as far as the end of the history shows; ISO 8601. */
  readonly since: string | null;
  readonly cause: 'nondeterminism' | 'error' | 'timeout';
  /** One line of bounded length; empty if the history does not have it. */
  readonly message: string;
};

type Raw = Pick<WorkflowExecutionDescription['raw'], 'pendingWorkflowTask' | 'workflowExecutionInfo'>;
type Events = Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistoryReverse']>>['history'];
type Event = NonNullable<NonNullable<Events>['events']>[number];

/** A worker that dies during a task costs an attempt; a third failure is not a coincidence. */
export const SUSPICIOUS_ATTEMPTS = 3;
/** Events at the end of a history that are searched: events that arrive while the task fails come after its failure. */
const LAST_EVENTS = 200;
const MAX_MESSAGE = 500;
const DEADLINE_MS = 8000;
/** `WorkflowTaskFailedCause` of the server's API. */
const NON_DETERMINISTIC_ERROR = 24;

/** Null while the workflow's tasks succeed. Reads the end of the history only if they fail. */
export async function workflowTaskTrouble(client: Client, raw: Raw): Promise<WorkflowTaskTrouble | null> {
  const attempts = raw.pendingWorkflowTask?.attempt ?? null;
  const isMarked = raw.workflowExecutionInfo?.searchAttributes?.indexedFields?.['TemporalReportedProblems'] != null;
  if (!isMarked && (attempts ?? 0) < SUSPICIOUS_ATTEMPTS) return null;
  const execution = raw.workflowExecutionInfo?.execution ?? {};
  const { history } = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution,
      maximumPageSize: LAST_EVENTS,
    }),
  );
  return { attempts: (attempts ?? 0) > 1 ? attempts : null, ...lastFailure(history?.events ?? []) };
}

/** `events` from the last one backwards: the failures since the last successful task, newest first. */
function lastFailure(events: readonly Event[]): Omit<WorkflowTaskTrouble, 'attempts'> {
  const wentWell = events.findIndex((event) => event.workflowTaskCompletedEventAttributes != null);
  const since = wentWell === -1 ? events : events.slice(0, wentWell);
  const failures = since.filter(
    (event) => event.workflowTaskFailedEventAttributes != null || event.workflowTaskTimedOutEventAttributes != null,
  );
  const said = failures.find((event) => event.workflowTaskFailedEventAttributes != null) ?? failures[0];
  const failed = said?.workflowTaskFailedEventAttributes;
  return {
    since: isoTime(failures.at(-1)?.eventTime),
    cause: failed == null ? 'timeout' : Number(failed.cause) === NON_DETERMINISTIC_ERROR ? 'nondeterminism' : 'error',
    message: oneLine(failed?.failure?.message ?? '').slice(0, MAX_MESSAGE),
  };
}

function isoTime(time: Event['eventTime']): string | null {
  return time == null ? null : new Date(Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1e6).toISOString();
}

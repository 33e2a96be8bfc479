import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import pMap from 'p-map';

type History = temporal.api.history.v1.IHistory;
type Event = temporal.api.history.v1.IHistoryEvent;

/** How a run ended, in the words of a build's outcome if it has one; `open` while it runs. */
export type RunEnd =
  | 'open'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'refused'
  | 'completed'
  | 'continued as new'
  | 'terminated'
  | 'timed out';

/** One run of a workflow, with its history. Times in ms since 1970. */
export type Run = {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly started: number;
  readonly end: RunEnd;
  readonly history: History;
};

const { WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR: NON_DETERMINISTIC } =
  proto.temporal.api.enums.v1.WorkflowTaskFailedCause;
const AT_ONCE = 8;
const PATIENCE_MS = 30_000;
const TRIES = 3;

/** Every run known to the server, with its history. */
export async function fetchRuns(client: Client): Promise<readonly Run[]> {
  const listed: { readonly workflowId: string; readonly runId: string; readonly type: string }[] = [];
  await client.withDeadline(Date.now() + 4 * PATIENCE_MS, async () => {
    for await (const { workflowId, runId, type } of client.workflow.list()) listed.push({ workflowId, runId, type });
  });
  const runs = await pMap(
    listed,
    async (one): Promise<Run> => {
      const { workflowId, runId } = one;
      const history = await again(() =>
        client.withDeadline(Date.now() + PATIENCE_MS, () =>
          client.workflow.getHandle(workflowId, runId).fetchHistory(),
        ),
      );
      return { ...one, started: timeOf(history.events?.[0]), end: endOf(history), history };
    },
    { concurrency: AT_ONCE },
  );
  return runs.sort((one, other) => one.started - other.started);
}

async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}

/** The end according to the last event of a history. */
export function endOf({ events }: History): RunEnd {
  const last = events?.at(-1);
  if (last == null) return 'open';
  if (last.workflowExecutionCompletedEventAttributes != null) return outcomeOf(last) ?? 'completed';
  if (last.workflowExecutionFailedEventAttributes != null) return 'failed';
  if (last.workflowExecutionCanceledEventAttributes != null) return 'canceled';
  if (last.workflowExecutionContinuedAsNewEventAttributes != null) return 'continued as new';
  if (last.workflowExecutionTerminatedEventAttributes != null) return 'terminated';
  if (last.workflowExecutionTimedOutEventAttributes != null) return 'timed out';
  return 'open';
}

function outcomeOf(event: Event): RunEnd | null {
  const data = event.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0]?.data;
  // Nothing was returned at all.
  if (data == null || data.length === 0) return null;
  const value = JSON.parse(Buffer.from(data).toString('utf8')) as { readonly result?: unknown } | null;
  const result = value?.result;
  return result === 'succeeded' || result === 'failed' || result === 'canceled' || result === 'refused' ? result : null;
}

function timeOf(event: Event | undefined): number {
  const time = event?.eventTime;
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}

/** Workflow tasks that failed because the code's commands differed from before, one line each. */
export function failedTasks(runs: readonly Run[]): readonly string[] {
  return runs.flatMap(({ workflowId, runId, history }) =>
    (history.events ?? []).flatMap((event) => {
      const failed = event.workflowTaskFailedEventAttributes;
      if (failed?.cause !== NON_DETERMINISTIC) return [];
      return [`${workflowId} ${runId}, event ${String(event.eventId)}: ${firstLine(failed.failure?.message ?? '')}`];
    }),
  );
}

/**
 * Replays all histories with the workflows of the workers. Returns a line for each that fails, with the file in which
 * its history is kept: a storm's findings are rare, and its directory is removed.
 */
export async function replayRuns(runs: readonly Run[], codePath: string): Promise<readonly string[]> {
  const histories = runs.map(({ workflowId, runId, history }) => ({
    workflowId: `${workflowId} ${runId}`,
    history: JSON.parse(historyToJSON(history)) as unknown,
  }));
  const failures: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories))
    if (error !== undefined) {
      const kept = keep(histories.find((one) => one.workflowId === workflowId)?.history);
      failures.push(`${workflowId}, replayed (${kept}): ${firstLine(String(error), 1000)}`);
    }
  return failures;
}

function keep(history: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'copr-not-replayable-')), 'history.json');
  writeFileSync(file, JSON.stringify(history), { mode: 0o600 });
  return file;
}

function firstLine(text: string, most = 300): string {
  return (text.split('\n')[0] ?? '').slice(0, most);
}

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.js';
import { startHoldingTemporalProxy } from './holding-temporal-proxy.js';
import { temporal } from './temporal.js';
import { fixture, ROOT } from './worker-process.js';
import { withActivities, type Rig } from './workflow-rig.js';

type HistoryEvent = proto.api.history.v1.IHistoryEvent;

/** How long a task, or a query, lies on the queue of the worker that died. */
const STICKY_MS = 2000;
const IDENTITY = 'the-next-worker';
/** The query must leave that queue before the task does; a busy machine may turn them round. */
const TRIALS = 5;

export type QueryAheadRig = Rig & {
  /**
   * Kills the worker and lets the next one answer a query ahead of the workflow task that `news` (signals, the end of an
   * activity) causes. `more` happens when the query has been answered and that task has not begun. Resolves when the
   * task is let go to the next worker.
   */
  readonly queryAhead: (
    handle: WorkflowHandle,
    happens: { readonly news: () => Promise<void>; readonly more?: (() => Promise<void>) | undefined },
  ) => Promise<void>;
  /** Every run of the workflow must replay with `bundle`. */
  readonly replay: (handle: WorkflowHandle) => Promise<void>;
};

class NotAhead extends Error {}

/**
 * Runs `test` with a worker for workflows (of `bundle`) that can be killed, and fake activities that outlive it. Where
 * the query was not ahead of the task, `test` is begun again with new ones.
 */
export async function withQueryAhead(
  bundle: WorkflowBundle,
  activities: () => Activities,
  test: (rig: QueryAheadRig) => Promise<void>,
): Promise<void> {
  for (let trial = 1; ; trial += 1) {
    try {
      await oneTrial(bundle, activities(), test);
      return;
    } catch (error) {
      if (!(error instanceof NotAhead) || trial === TRIALS) throw error;
    }
  }
}

async function oneTrial(
  bundle: WorkflowBundle,
  activities: Activities,
  test: (rig: QueryAheadRig) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-query-ahead-'));
  const ends: (() => Promise<void>)[] = [() => rm(directory, { recursive: true })];
  const { address } = await temporal();
  const bundleFile = path.join(directory, 'bundle.js');
  await writeFile(bundleFile, (bundle as { readonly code: string }).code);
  await withActivities(activities, async (rig) => {
    try {
      const child = spawn(
        process.execPath,
        [...fixture('workflow-worker.ts'), address, bundleFile, rig.queue, String(STICKY_MS)],
        { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      ends.push(() => kill(child));
      await once(child.stdout, 'data');
      await test({
        ...rig,
        replay: (handle) => replayAll(bundle, handle),
        queryAhead: async (handle, { news, more }) => {
          await rig.until('it is quiet', async () => isQuiet((await handle.fetchHistory()).events ?? []));
          const next = await startNextWorker(bundle, rig.queue, ends);
          await kill(child);
          const answer = handle.query('__temporal_workflow_metadata').catch((error: unknown) => {
            throw isUnheard(error) ? new NotAhead() : error;
          });
          await handle.describe(); // the query shall come before what happens next
          await Promise.all([answer, news()]);
          const { events } = await handle.fetchHistory();
          if (events?.at(-1)?.workflowTaskScheduledEventAttributes == null) throw new NotAhead();
          await more?.();
          next.takeAll();
        },
      });
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

/** The server refuses a query for whose queue nobody has asked lately: on a busy machine the next worker came late. */
function isUnheard(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message.includes('no poller seen') || isUnheard(error.cause);
}

/** A worker that asks for one task of the common queue, and for more when it is let. */
async function startNextWorker(
  bundle: WorkflowBundle,
  taskQueue: string,
  ends: (() => Promise<void>)[],
): Promise<{ readonly takeAll: () => void }> {
  const { address } = await temporal();
  const proxy = await startHoldingTemporalProxy(address);
  ends.push(proxy.stop);
  let hasAsked = false;
  const rest = proxy.hold(({ method, body }) => {
    if (method !== 'PollWorkflowTaskQueue') return false;
    // The name of a worker's own queue begins with its identity.
    if (body.includes(`${IDENTITY}-`) || hasAsked) return true;
    hasAsked = true;
    return false;
  });
  const connection = await NativeConnection.connect({ address: proxy.address });
  ends.push(() => connection.close());
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle, identity: IDENTITY });
  const running = worker.run();
  const takeAll = (): void => void rest.release();
  ends.push(async () => {
    takeAll();
    worker.shutdown();
    await running;
  });
  return { takeAll };
}

async function replayAll(bundle: WorkflowBundle, { workflowId }: WorkflowHandle): Promise<void> {
  const { client } = await temporal();
  const histories = [];
  for (let runId: string | null = ''; runId !== null;) {
    const history = await client.workflow.getHandle(workflowId, runId || undefined).fetchHistory();
    histories.push({ workflowId, history });
    const before: string = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    runId = before === '' ? null : before;
  }
  const failures: string[] = [];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories))
    if (error !== undefined) failures.push(String(error));
  assert.deepEqual(failures, []);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** True when no workflow task is under way, nor a signal of the workflow's whose end would cause one. */
function isQuiet(events: readonly HistoryEvent[]): boolean {
  const last = events.at(-1);
  const isUnderWay = last?.workflowTaskScheduledEventAttributes ?? last?.workflowTaskStartedEventAttributes;
  const count = (isCounted: (event: HistoryEvent) => unknown): number =>
    events.filter((event) => isCounted(event) != null).length;
  const begun = count((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes);
  const ended = count(
    (event) =>
      event.externalWorkflowExecutionSignaledEventAttributes ??
      event.signalExternalWorkflowExecutionFailedEventAttributes,
  );
  return isUnderWay == null && begun === ended;
}

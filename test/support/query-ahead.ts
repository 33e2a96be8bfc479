import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { temporal as proto } from '@temporalio/proto';
import { NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { Activities } from '../../src/contracts/activities.js';
import { ASK_AGAIN } from '../../src/contracts/messages.js';
import { startHoldingTemporalProxy } from './holding-temporal-proxy.js';
import { temporal } from './temporal.js';
import { fixture, ROOT } from './worker-process.js';
import { withActivities, type Rig } from './workflow-rig.js';

type HistoryEvent = proto.api.history.v1.IHistoryEvent;

/** How long a task, or a query, stays on the queue of the worker that died. */
const STICKY_MS = 2000;
const IDENTITY = 'the-next-worker';
const MUTE = 'a-worker-that-never-answers';
/**
 * The query must leave that queue before the task does, and be handed out after it; on a busy machine, or by chance,
 * the order is reversed.
 */
const TRIALS = 40;

export type QueryAheadRig = Rig & {
  /**
   * Kills the worker and lets the next one answer a query ahead of the workflow task that `news` (signals, the end of
   * an activity) causes. `more` happens when the query has been answered and that task has not begun. Resolves when the
   * task is released to the next worker.
   */
  readonly queryAhead: (
    handle: WorkflowHandle,
    happens: { readonly news: () => Promise<void>; readonly more?: (() => Promise<void>) | undefined },
  ) => Promise<void>;
  /**
   * The same with a task that was handed to another worker, which never answers: `news` caused it, and the query is
   * answered by the next worker while the other one has the task (`held`), or when its time is over (`timed out`). The
   * workflow's tasks need a short time limit.
   */
  readonly queryAfterHandout: (
    handle: WorkflowHandle,
    task: 'held' | 'timed out',
    happens: { readonly news: () => Promise<void>; readonly more: () => Promise<void> },
  ) => Promise<void>;
  /** Every run of the workflow must replay with `bundle`. */
  readonly replay: (handle: WorkflowHandle) => Promise<void>;
};

class NotAhead extends Error {}

/**
 * Runs `test` with a worker for workflows (of `bundle`) that can be killed, and fake activities that outlive it. If the
 * query was not ahead of the task, `test` is restarted with new ones.
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
          const answer = askOnce(handle).catch((error: unknown) => {
            throw isUnheard(error) ? new NotAhead() : error;
          });
          await handle.describe(); // the query must come before what happens next
          await Promise.all([answer, news()]);
          const { events } = await handle.fetchHistory();
          if (events?.at(-1)?.workflowTaskScheduledEventAttributes == null) throw new NotAhead();
          await more?.();
          next.takeAll();
        },
        queryAfterHandout: async (handle, task, { news, more }) => {
          await rig.until('it is quiet', async () => isQuiet((await handle.fetchHistory()).events ?? []));
          const [mute, next] = [
            await startNextWorker(bundle, rig.queue, ends, { identity: MUTE, isMute: true }),
            await startNextWorker(bundle, rig.queue, ends, { waits: true }),
          ];
          await kill(child);
          await forgetWorker(rig.client, handle);
          const answer = askOnce(handle).then(
            () => true,
            (error: unknown) => String(error).includes(ASK_AGAIN),
          );
          await handle.describe(); // the query must come before what happens next
          await news();
          mute.takeOne();
          // Of the two that wait, the server hands out either first.
          const isMute = async (): Promise<boolean> => (await lastOf(handle)).startedBy === MUTE;
          const isFirst = rig.until('the task is handed out', isMute).then(() => null);
          if ((await Promise.race([answer, isFirst])) !== null) throw new NotAhead();
          const isOver = async (): Promise<boolean> => (await lastOf(handle)).isTimedOut;
          if (task === 'timed out') await rig.until('the time of the task is over', isOver);
          next.takeOne();
          if (!(await answer)) throw new NotAhead();
          if (!(await (task === 'held' ? isMute() : isOver()))) throw new NotAhead();
          await more();
          next.takeAll();
        },
      });
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

/**
 * On a busy machine the next worker comes late: the server refuses a query whose queue nobody has polled lately, or the
 * query's time is over.
 */
function isUnheard(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /no poller seen|DEADLINE_EXCEEDED/.test(error.message) || isUnheard(error.cause);
}

/**
 * A worker that polls for one task of the common queue, at once or when it is permitted to, and for more when it is
 * permitted to.
 */
async function startNextWorker(
  bundle: WorkflowBundle,
  taskQueue: string,
  ends: (() => Promise<void>)[],
  how: { readonly identity?: string; readonly waits?: boolean; readonly isMute?: boolean } = {},
): Promise<{ readonly takeOne: () => void; readonly takeAll: () => void }> {
  const { identity = IDENTITY, isMute = false, waits = isMute } = how;
  const { address } = await temporal();
  const proxy = await startHoldingTemporalProxy(address);
  ends.push(proxy.stop);
  // The name of a worker's own queue begins with its identity.
  const isOwn = (body: string): boolean => body.includes(`${identity}-`);
  const first = proxy.hold(({ method, body }) => waits && method === 'PollWorkflowTaskQueue' && !isOwn(body));
  let hasAsked = false;
  const rest = proxy.hold(({ method, body }) => {
    if (method !== 'PollWorkflowTaskQueue') return false;
    if (isOwn(body) || hasAsked) return true;
    hasAsked = true;
    return false;
  });
  const answers = proxy.hold(({ method }) => isMute && method.startsWith('RespondWorkflowTask'));
  const connection = await NativeConnection.connect({ address: proxy.address });
  ends.push(() => connection.close());
  const worker = await Worker.create({ connection, taskQueue, workflowBundle: bundle, identity });
  const running = worker.run();
  const takeOne = (): void => void first.release();
  const takeAll = (): void => {
    takeOne();
    void rest.release();
  };
  ends.push(async () => {
    takeAll();
    void answers.release();
    worker.shutdown();
    await running;
  });
  return { takeOne, takeAll };
}

/** Queries with a client that does not retry. */
async function askOnce({ workflowId }: WorkflowHandle): Promise<unknown> {
  const { connection } = await temporal();
  return new Client({ connection }).workflow.getHandle(workflowId).query('__temporal_workflow_metadata');
}

/** Makes the server forget which worker has the workflow in its cache: tasks and queries go to the common queue. */
async function forgetWorker(client: Client, { workflowId }: WorkflowHandle): Promise<void> {
  const { namespace } = client.options;
  await client.workflowService.resetStickyTaskQueue({ namespace, execution: { workflowId } });
}

/**
 * Which worker has the latest workflow task, or whether its time is over. The server may list the next one before it is
 * recorded.
 */
async function lastOf(
  handle: WorkflowHandle,
): Promise<{ readonly startedBy: string | null; readonly isTimedOut: boolean }> {
  const events = (await handle.fetchHistory()).events ?? [];
  const start = events.findLastIndex((event) => event.workflowTaskStartedEventAttributes != null);
  const after = events[start + 1];
  return {
    startedBy: after === undefined ? (events[start]?.workflowTaskStartedEventAttributes?.identity ?? null) : null,
    isTimedOut: after?.workflowTaskTimedOutEventAttributes != null,
  };
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

/** True if no workflow task is under way, nor a signal sent by the workflow whose end would cause one. */
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

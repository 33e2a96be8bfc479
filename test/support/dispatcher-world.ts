import type { WorkflowHandle } from '@temporalio/client';
import { createStartActivities } from '../../src/activities/dispatch/task-start.js';
import { createTaskStarter } from '../../src/adapters/temporal/task-starter.js';
import type { Activities, StartInput } from '../../src/contracts/activities.js';
import type {
  AdmissionStatus,
  EndKind,
  PollResult,
  StartResult,
  TaskFacts,
} from '../../src/contracts/dispatch/dispatch.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { admissionQuery, taskEndedSignal } from '../../src/contracts/messages.js';
import { onlyWorkers } from '../../src/domain/dispatch/dispatch-limits.js';
import type { buildDispatcher } from '../../src/workflows/dispatch/build-dispatcher.js';
import { fakeActivities, untilStopped } from './fake-activities.js';
import { fakePorts } from './fake-ports.js';
import { temporal } from './temporal.js';
import { SHORT, terminate, withRig, type Rig } from './workflow-rig.js';

type Dispatcher = WorkflowHandle<typeof buildDispatcher>;

type CancelRequests = { readonly taskIds: readonly string[] };

export type DispatcherWorld = {
  readonly rig: Rig;
  readonly handle: Dispatcher;
  readonly status: () => Promise<AdmissionStatus>;
  /** Ends the waiting poll with this answer. */
  readonly poll: (answer: Partial<PollResult> | Error) => Promise<void>;
  readonly requestCancel: (taskIds: readonly string[]) => Promise<void>;
  readonly inputs: ReturnType<typeof fakeActivities>['inputs'];
  /** A task id that nobody else uses. */
  readonly task: (n: number) => TaskFacts;
  readonly end: (task: TaskFacts, as?: EndKind) => Promise<void>;
  readonly terminate: (...tasks: readonly TaskFacts[]) => Promise<void>;
  /** Ends the wait of `start` or of an activity of the scenario that uses `held`. */
  readonly letGo: () => void;
};

export type DispatcherScenario = {
  readonly name: string;
  readonly type?: 'actionDispatcher';
  readonly eventLimit?: number;
  readonly activities?: Partial<Activities>;
  /**
   * The effect of a start; `really` starts a workflow on the rig's queue, `held` resolves when the scenario lets go.
   */
  readonly start?: (
    input: StartInput,
    really: () => Promise<StartResult>,
    call: number,
    held: Promise<void>,
  ) => Promise<StartResult>;
  /** The effect of watching for cancel requests; `really` waits for those of the scenario. */
  readonly watch?: (really: () => Promise<CancelRequests>, call: number) => Promise<CancelRequests>;
  readonly run: (world: DispatcherWorld) => Promise<void>;
};

let unique = Date.now() % 1_000_000_000;

/** True if this many were started in total, and nothing is under way. */
export function isQuiet({ started, starting }: AdmissionStatus, count: number): boolean {
  return started === count && starting === 0;
}

/** Runs a scenario with a dispatcher; the scenario provides its polls, starts and cancel requests. */
export async function runDispatcherScenario(scenario: DispatcherScenario): Promise<Dispatcher> {
  const { client } = await temporal();
  const start = scenario.start ?? ((_, really) => really());
  const watch = scenario.watch ?? ((really) => really());
  const held = givenHold();
  let answerPoll: ((result: PollResult | Promise<never>) => void) | undefined;
  let answerCancel: ((requests: CancelRequests) => void) | undefined;
  let startReally: Activities['startTasks'] | undefined;
  let [starts, watches] = [0, 0];
  const fakes = fakeActivities({
    pollTasks: () => untilStopped(new Promise<PollResult>((resolve) => (answerPoll = resolve))),
    awaitCancelRequests: () =>
      watch(() => untilStopped(new Promise<CancelRequests>((resolve) => (answerCancel = resolve))), (watches += 1)),
    acquireBuilder: () => untilStopped(),
    startTasks: (input) =>
      start(input, () => startReally?.(input) ?? Promise.reject(new Error('too soon')), (starts += 1), held.gone),
    ...scenario.activities,
  });
  return withRig(fakes.activities, async (rig) => {
    const ports = fakePorts({ starter: createTaskStarter(client, rig.queue) });
    startReally = createStartActivities(ports.deps).startTasks;
    const handle: Dispatcher = await client.workflow.start<typeof buildDispatcher>(scenario.type ?? 'buildDispatcher', {
      workflowId: `dispatcher/${scenario.name}-${rig.storage}`,
      taskQueue: rig.queue,
      args: [{ state: null, ...(scenario.eventLimit === undefined ? {} : { eventLimit: scenario.eventLimit }) }],
    });
    const base = unique;
    unique += 10_000;
    const at = new Date().toISOString();
    const empty: PollResult = {
      ...{ began: at, knownEnd: 0, listed: 0, candidates: [], isCut: false, forgotten: [], lost: [], found: [] },
      ...{ limits: onlyWorkers(0), durations: SHORT, pause: 0.1, storage: rig.storage },
      limitsFrom: { poller: 'poller@host/1', digest: 'd1', at },
    };
    try {
      await scenario.run({
        ...{ rig, handle, inputs: fakes.inputs, letGo: held.letGo },
        status: () => handle.query(admissionQuery),
        poll: async (answer) => {
          await rig.until('a poll is waiting', () => answerPoll !== undefined);
          answerPoll?.(answer instanceof Error ? Promise.reject(answer) : { ...empty, ...answer });
          answerPoll = undefined;
        },
        requestCancel: async (taskIds) => {
          await rig.until('cancels are watched', () => answerCancel !== undefined);
          answerCancel?.({ taskIds });
          answerCancel = undefined;
        },
        task: (n) => ({
          ...{ taskId: String(base + n), owner: 'jdoe', sandbox: null, background: false, chroot: null, source: true },
          ...{ tags: [], userSsh: false, priority: 0 },
        }),
        end: ({ taskId }, as) =>
          handle.signal(taskEndedSignal, { taskId, at: new Date().toISOString(), ...(as === undefined ? {} : { as }) }),
        terminate: async (...tasks) => {
          for (const { taskId } of tasks) await client.workflow.getHandle(buildWorkflowId(taskId)).terminate();
        },
      });
    } finally {
      await terminate(handle);
    }
    return handle;
  });
}

export type Hold = { readonly letGo: () => void; readonly gone: Promise<void> };

/** Work waits for `gone` until somebody lets go. */
export function givenHold(): Hold {
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  return { letGo, gone };
}

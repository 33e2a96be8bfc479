import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { createCancelRequestActivities } from '../../src/activities/cancel/cancel-requests.js';
import { createPollActivities } from '../../src/activities/dispatch/poll.js';
import { createStartActivities } from '../../src/activities/dispatch/task-start.js';
import { createTaskStarter } from '../../src/adapters/temporal/task-starter.js';
import type { Activities, PollActivities } from '../../src/contracts/activities.js';
import type { Limits } from '../../src/contracts/dispatch/dispatch.js';
import { dispatchViewQuery } from '../../src/contracts/messages.js';
import { unpackView } from '../../src/domain/dispatch/packed-tasks.js';
import type { buildDispatcher } from '../../src/workflows/dispatch/build-dispatcher.js';
import { fakeActivities, untilStopped } from './fake-activities.js';
import { DIGEST, fakePorts, type FakePorts, type World } from './fake-ports.js';
import { SHORT, terminate, withRig, type Rig } from './workflow-rig.js';

export type Dispatcher = WorkflowHandle<typeof buildDispatcher>;

export type PolledDispatcher = {
  readonly rig: Rig;
  readonly ports: FakePorts;
  /** The dispatcher that runs now. */
  readonly handle: () => Dispatcher;
  /** Starts one without a memory, as after a termination; the earlier one must be over. */
  readonly begin: () => Promise<Dispatcher>;
};

/**
 * A dispatcher of builds on a real server with its own polls, starts and cancels; the test acts as the frontend. Builds
 * get their workers from the rig, or none: then they make no progress.
 */
export async function withPolledDispatcher(
  given: {
    readonly limits: Limits;
    /** Seconds between polls. */
    readonly pause: number;
    readonly frontend: NonNullable<World['frontend']>;
    readonly trace?: World['trace'];
    readonly activities?: Partial<Activities>;
    readonly withoutBuilds?: boolean;
  },
  test: (dispatcher: PolledDispatcher) => Promise<void>,
): Promise<void> {
  const { limits, pause } = given;
  let own: PollActivities | undefined;
  let handle: Dispatcher | undefined;
  const ready = (): PollActivities => {
    if (own === undefined) throw new Error('asked before the rig stood');
    return own;
  };
  const fakes = fakeActivities({
    pollTasks: (input) => ready().pollTasks(input),
    startTasks: (input) => ready().startTasks(input),
    awaitCancelRequests: (input) => ready().awaitCancelRequests(input),
    confirmCancelRequest: (input) => ready().confirmCancelRequest(input),
    acquireBuilder: () => untilStopped(),
    ...given.activities,
  });
  await withRig(fakes.activities, async (rig) => {
    const current = (): Dispatcher => {
      if (handle === undefined) throw new Error('no dispatcher was begun');
      return handle;
    };
    const ports = fakePorts({
      frontend: given.frontend,
      starter: createTaskStarter(
        rig.client,
        given.withoutBuilds === true ? `${rig.queue}-nobody` : rig.queue,
        [0.1, 0.2],
      ),
      messages: {
        dispatchView: async () => unpackView(await current().query(dispatchViewQuery)),
        isOpen: (workflowId) => isOpen(rig.client, workflowId),
      },
      ...(given.trace === undefined ? {} : { trace: given.trace }),
      settings: {
        ...{ storage: rig.storage, durations: SHORT },
        admission: () => ({ builds: limits, actions: limits, pause, digest: DIGEST }),
      },
    });
    const { deps } = ports;
    own = { ...createPollActivities(deps), ...createStartActivities(deps), ...createCancelRequestActivities(deps) };
    const begin = async (): Promise<Dispatcher> => {
      handle = await rig.client.workflow.start<typeof buildDispatcher>('buildDispatcher', {
        ...{ workflowId: `dispatcher/polled-${rig.storage}`, taskQueue: rig.queue, args: [{ state: null }] },
      });
      return handle;
    };
    await begin();
    try {
      await test({ rig, ports, handle: current, begin });
    } finally {
      await terminate(current());
    }
  });
}

async function isOpen(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

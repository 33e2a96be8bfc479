import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import { createPollActivities } from '../../src/activities/polling.js';
import { createStartActivities } from '../../src/activities/starting.js';
import { createTaskStarter } from '../../src/adapters/temporal/task-starter.js';
import type { PollActivities } from '../../src/contracts/activities.js';
import type { TaskFacts } from '../../src/contracts/dispatch.js';
import { admissionQuery, dispatchViewQuery, taskEndedSignal } from '../../src/contracts/messages.js';
import { unpackView } from '../../src/domain/packed-tasks.js';
import { AdmissionRecorder } from '../../src/domain/admission-recorder.js';
import { formatTraceLine } from '../../src/domain/admission-trace.js';
import { TraceReader } from '../../src/simulation/read-trace.js';
import { simulate } from '../../src/simulation/simulate.js';
import { summarizeWaits } from '../../src/simulation/waits.js';
import type { buildDispatcher } from '../../src/workflows/build-dispatcher.js';
import { fakeActivities, untilStopped } from '../support/fake-activities.js';
import { fakePorts } from '../support/fake-ports.js';
import { givenLimits, givenTask } from '../support/given-tasks.js';
import { SHORT, terminate, withRig } from '../support/workflow-rig.js';

const BUILDS = 10;
const LIMITS = givenLimits(3, { owner: 2 });

describe('a trace of the real dispatcher', function () {
  this.timeout(90_000);

  it('simulates to waits near the recorded ones', async () => {
    const base = (Date.now() % 1_000_000_000) + 500;
    const listed = new Map<string, TaskFacts>();
    for (let n = 0; n < BUILDS; n += 1) {
      const taskId = String(base + n);
      listed.set(taskId, givenTask({ taskId, owner: n < 7 ? 'ann' : 'bob', source: true, chroot: null }));
    }
    const reader = new TraceReader();
    const recorder = new AdmissionRecorder();
    let handle: WorkflowHandle<typeof buildDispatcher> | undefined;
    let storage = '';
    let polls: Pick<PollActivities, 'pollTasks' | 'startTasks'> | undefined;
    const fakes = fakeActivities({
      pollTasks: (input) => polls?.pollTasks(input) ?? Promise.resolve(null),
      startTasks: (input) => polls?.startTasks(input) ?? Promise.reject(new Error('too soon')),
      awaitCancelRequests: () => untilStopped(),
      // Slots are held for different times; the task refuses at once after it, which is all of the build that matters here.
      beginBuild: async ({ taskId }) => {
        await new Promise((resolve) => setTimeout(resolve, 300 + (Number(taskId) % 4) * 250));
        return { start: false, failure: { code: 'StartRefused', message: 'so it is' }, facts: null };
      },
      finishBuild: async ({ taskId }) => {
        listed.delete(taskId);
        await handle?.signal(taskEndedSignal, { taskId, at: new Date().toISOString() });
      },
    });
    await withRig(fakes.activities, async (rig) => {
      storage = rig.storage;
      const ports = fakePorts({
        starter: createTaskStarter(rig.client, rig.queue),
        frontend: { pendingBuilds: () => Promise.resolve([...listed.values()]) },
        messages: {
          dispatchView: async () => (handle === undefined ? null : unpackView(await handle.query(dispatchViewQuery))),
        },
        trace: {
          record: (look) =>
            recorder
              .look(look)
              .map(formatTraceLine)
              .forEach((line) => reader.add(line)),
        },
        settings: {
          ...{ storage, durations: SHORT },
          admission: () => ({ builds: LIMITS, actions: LIMITS, pause: 0.2, digest: 'd1' }),
        },
      });
      polls = { ...createPollActivities(ports.deps), ...createStartActivities(ports.deps) };
      handle = await rig.client.workflow.start<typeof buildDispatcher>('buildDispatcher', {
        ...{ workflowId: `dispatcher/recorded-${storage}`, taskQueue: rig.queue, args: [{ state: null }] },
      });
      const dispatcher = handle;
      try {
        await rig.until('all have ended, and a poll has seen it', async () => {
          const { ended, tombstones } = await dispatcher.query(admissionQuery);
          return ended === BUILDS && tombstones === 0;
        });
      } finally {
        await terminate(dispatcher);
      }
    });
    const trace = reader.end();
    assert.equal(trace.tasks.length, BUILDS);
    assert.ok(
      trace.tasks.every(({ ended }) => ended !== null),
      'no end is missing',
    );
    const [all] = summarizeWaits(trace, { old: simulate(trace, trace.settings), new: null });
    assert.ok(all);
    assert.ok(all.recorded.p95 > 500, `nothing waited: ${JSON.stringify(all)}`);
    for (const part of ['p50', 'p95'] as const) {
      const [recorded, simulated] = [all.recorded[part], all.old[part]];
      assert.ok(Math.abs(recorded - simulated) <= 500 + recorded * 0.2, JSON.stringify(all));
    }
  });
});

import assert from 'node:assert/strict';
import type { Activities } from '../../src/contracts/activities.js';
import type { TaskFacts } from '../../src/contracts/dispatch/dispatch.js';
import { admissionQuery, taskEndedSignal } from '../../src/contracts/messages.js';
import { AdmissionRecorder, type Look } from '../../src/domain/dispatch/admission-recorder.js';
import { formatTraceLine } from '../../src/domain/dispatch/admission-trace.js';
import { TraceReader } from '../../src/simulation/read-trace.js';
import { simulate } from '../../src/simulation/simulate.js';
import { summarizeWaits } from '../../src/simulation/waits.js';
import { givenLimits, givenTask } from '../support/given-tasks.js';
import { withPolledDispatcher, type Dispatcher } from '../support/polled-dispatcher.js';

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
    const recording = {
      record: (look: Look): void => {
        for (const event of recorder.look(look)) reader.add(formatTraceLine(event));
      },
    };
    let dispatcher: Dispatcher | undefined;
    const activities: Partial<Activities> = {
      // Slots are held for different times; the task refuses at once after it, which is all of the build that matters here.
      beginBuild: async ({ taskId }) => {
        await new Promise((resolve) => setTimeout(resolve, 300 + (Number(taskId) % 4) * 250));
        return { start: false, failure: { code: 'StartRefused', message: 'so it is' }, facts: null };
      },
      finishBuild: async ({ taskId }) => {
        listed.delete(taskId);
        await dispatcher?.signal(taskEndedSignal, { taskId, at: new Date().toISOString() });
      },
    };
    const frontend = { pendingBuilds: () => Promise.resolve([...listed.values()]) };
    await withPolledDispatcher(
      { limits: LIMITS, pause: 0.2, frontend, trace: recording, activities },
      async (polled) => {
        const handle = (dispatcher = polled.handle());
        await polled.rig.until('all have ended, and a poll has seen it', async () => {
          const { ended, tombstones } = await handle.query(admissionQuery);
          return ended === BUILDS && tombstones === 0;
        });
      },
    );
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

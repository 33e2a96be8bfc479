import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { createTrash } from '../../src/adapters/trash/trash.js';
import { ensureSchedule } from '../../src/adapters/temporal/ensure-schedule.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { trashScheduleId } from '../../src/contracts/names/ids.js';
import { type GivenNamespace, givenNamespace, type NamespaceWorker } from '../support/given-namespace.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('the Schedule of the trash', function () {
  this.timeout(180_000);
  let given: GivenNamespace;
  const workers: NamespaceWorker[] = [];

  beforeEach(async () => {
    given = await givenNamespace();
  });

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await given.remove();
  });

  async function startPoller(): Promise<void> {
    workers.push(await given.startWorker('poller'));
  }

  it('is there once, however many pollers start, and its rounds empty the trash', async () => {
    await startPoller();
    await startPoller();
    const schedule = given.client.schedule.getHandle(trashScheduleId('main'));
    const { spec, policies, state, info } = await schedule.describe();
    assert.deepEqual(spec.intervals, [{ every: HOUR_MS, offset: 0 }]);
    assert.deepEqual(policies, { overlap: 'SKIP', catchupWindow: 60_000, pauseOnFailure: false });
    assert.equal(state.paused, false);
    assert.equal(info.lastUpdatedAt, undefined, 'the second poller has left it as it was');
    const ids: string[] = [];
    for await (const { scheduleId } of given.client.schedule.list()) ids.push(scheduleId);
    const jobs = ['analyze-results', 'compress-live-logs', 'reconcile', 'unknown-tickets'];
    assert.deepEqual(
      ids.toSorted(),
      [...jobs.map((job) => `maintenance/${job}/main`), 'trash/main'],
      'nothing removes results where the configuration does not ask for it',
    );

    await mkdir(path.join(given.destdir, 'jdoe/hello'), { recursive: true });
    await writeFile(path.join(given.destdir, 'jdoe/hello/hello.rpm'), 'x');
    const now = (): number => Date.now() - 2 * DAY_MS;
    const old = createTrash({ destdir: given.destdir, hours: 24, now });
    await old.discard(['jdoe', 'hello'], 'action 7', { atMost: 1000 });
    assert.equal((await readdir(path.join(given.destdir, '.trash'))).length, 1);
    workers.push(await given.startWorker('storage'));
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    const workflowId = await firstRound();
    assert.match(workflowId, /^trash\/main-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(await given.client.workflow.getHandle(workflowId).result(), { removed: 1 });
    assert.deepEqual(await readdir(path.join(given.destdir, '.trash')), []);
  });

  it('stays paused when a poller starts, and takes on what is new in the product', async () => {
    const { client } = given;
    await ensureSchedule(client, trashScheduleId('main'), {
      type: 'emptyTrash',
      input: { storage: 'main', durations: { ...DEFAULT_DURATIONS, resend: 7 } },
      ...{ every: 1800, staticSummary: 'as an earlier version had it' },
    });
    const schedule = client.schedule.getHandle(trashScheduleId('main'));
    await schedule.pause('a copy of the disk is being made');
    await startPoller();
    const { spec, state, action, info } = await schedule.describe();
    assert.deepEqual([state.paused, state.note], [true, 'a copy of the disk is being made']);
    assert.deepEqual(spec.intervals, [{ every: HOUR_MS, offset: 0 }]);
    assert.deepEqual(action.args, [{ storage: 'main', durations: DEFAULT_DURATIONS }]);
    assert.deepEqual(info.runningActions, []);
  });

  async function firstRound(): Promise<string> {
    for (;;) {
      const { info } = await given.client.schedule.getHandle(trashScheduleId('main')).describe();
      const [round] = info.recentActions;
      if (round !== undefined) return round.action.workflow.workflowId;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});

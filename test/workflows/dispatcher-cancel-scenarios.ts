import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { detached } from '../../src/contracts/detached.js';
import { limitsAdoptedSignal } from '../../src/contracts/messages.js';
import { onlyWorkers } from '../../src/domain/dispatch/dispatch-limits.js';
import { givenHold, isQuiet, type DispatcherScenario } from '../support/dispatcher-world.js';
import { SHORT } from '../support/workflow-rig.js';

/** Refusals of one confirmation, and how many were there so far. */
const REFUSALS = 6;
let refused = 0;

/** Confirmations of hundreds of requests so far; what the first of them waits for, and what the others do. */
let confirmations = 0;
let [first, others] = [givenHold(), givenHold()];

/** Many cancel requests, and those whose frontend does not answer. */
export const DISPATCHER_CANCEL_SCENARIOS: readonly DispatcherScenario[] = [
  {
    name: 'dispatcher-gives-the-slot-to-the-next-that-nobody-canceled',
    start: ({ tasks }) => Promise.resolve({ started: tasks.map(({ task }) => task.taskId), busy: [], refused: [] }),
    async run({ rig, status, poll, requestCancel, task, end, inputs }) {
      const [running, unwanted, next] = [task(1), task(2), task(3)];
      await poll({ candidates: [running, unwanted, next], limits: onlyWorkers(1) });
      await rig.until('one runs', async () => isQuiet(await status(), 1));
      await requestCancel([unwanted.taskId]);
      await rig.until('it is confirmed', () => inputs('confirmCancelRequest').length === 1);
      await end(running);
      await rig.until('the next one runs', async () => isQuiet(await status(), 2));
      assert.deepEqual(
        inputs('startTasks').map(({ tasks }) => tasks.map((one) => one.task.taskId)),
        [[running.taskId], [next.taskId]],
      );
    },
  },
  {
    name: 'dispatcher-watches-again-when-the-frontend-refused',
    watch: (really, call) =>
      call === 1 ? Promise.reject(ApplicationFailure.nonRetryable('HTTP 502', 'FrontendUnavailable')) : really(),
    async run({ rig, status, poll, requestCancel, inputs }) {
      await poll({ pause: 0.3 });
      await rig.until('it says so', async () => (await status()).lastFailure?.what === 'cancels');
      // The next watch ends with the frontend's first answer, whatever it is.
      await requestCancel([]);
      await rig.until('all is well', async () => (await status()).lastFailure === null);
      await requestCancel(['1000']);
      await rig.until('a request is confirmed', () => inputs('confirmCancelRequest').length === 1);
      await rig.until('no cancel is left', async () => (await status()).canceling === 0);
      assert.deepEqual(
        inputs('awaitCancelRequests').map(({ once = false }) => once),
        [false, true, false, false],
      );
    },
  },
  {
    name: 'dispatcher-takes-the-end-of-a-worker-for-no-failure',
    watch: (really, call) => (call === 1 ? Promise.reject(detached('the worker ends')) : really()),
    async run({ rig, status, poll, requestCancel, task }) {
      await poll({ pause: 0.1 });
      await requestCancel([]);
      await poll(detached('the worker ends'));
      await poll({ candidates: [task(1)], limits: onlyWorkers(1) });
      await rig.until('a task runs', async () => (await status()).started === 1);
      assert.equal((await status()).lastFailure, null);
    },
  },
  {
    name: 'dispatcher-confirms-hundreds-of-cancels',
    start: ({ tasks }) => Promise.resolve({ started: tasks.map(({ task }) => task.taskId), busy: [], refused: [] }),
    activities: { confirmCancelRequest: () => ((confirmations += 1) === 1 ? first.gone : others.gone) },
    async run({ rig, handle, status, poll, requestCancel, task, end, inputs }) {
      [first, others, confirmations] = [givenHold(), givenHold(), 0];
      const [running, next] = [task(1), task(2)];
      const taskIds = Array.from({ length: 270 }, (_, index) => String(1000 + index));
      await poll({ candidates: [running, next], limits: onlyWorkers(1), pause: 60 });
      await rig.until('one runs', async () => isQuiet(await status(), 1));
      await requestCancel(taskIds);
      await rig.until('all are known', async () => (await status()).canceling === 270);
      // All else goes on beside them, however slow the frontend is to confirm.
      const at = new Date().toISOString();
      await handle.signal(limitsAdoptedSignal, { poller: 'poller@host/2', digest: 'd2', at });
      await rig.until('confirmations are on their way', () => confirmations > 0);
      first.letGo();
      await rig.until('the first is confirmed', async () => (await status()).canceling === 269);
      await end(running);
      await rig.until('its slot is given on', async () => (await status()).started === 2);
      others.letGo();
      await rig.until('all are confirmed', async () => (await status()).canceling === 0);
      assert.deepEqual(
        inputs('confirmCancelRequest')
          .map(({ taskId }) => taskId)
          .sort(),
        taskIds,
      );
    },
  },
  {
    name: 'dispatcher-asks-ever-more-seldom-to-confirm-a-cancel',
    activities: {
      confirmCancelRequest: () =>
        (refused += 1) <= REFUSALS
          ? Promise.reject(ApplicationFailure.nonRetryable('HTTP 500', 'FrontendUnavailable'))
          : Promise.resolve(),
    },
    async run({ rig, handle, status, poll, requestCancel }) {
      refused = 0;
      await poll({ pause: 60, durations: { ...SHORT, retryFirst: 0.01, retryLongest: 0.2 } });
      await requestCancel(['666']);
      await rig.until('it is confirmed', async () => refused > REFUSALS && (await status()).canceling === 0);
      assert.equal((await status()).lastFailure, null);
      const { events } = await handle.fetchHistory();
      const pauses = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
        timer == null
          ? []
          : [Number(timer.startToFireTimeout?.seconds ?? 0) + (timer.startToFireTimeout?.nanos ?? 0) / 1e9],
      );
      assert.deepEqual(
        pauses.filter((pause) => pause < 60),
        [0.1, 0.2, 0.4, 0.8, 1, 1],
      );
    },
  },
];

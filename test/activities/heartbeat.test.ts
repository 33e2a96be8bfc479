import assert from 'node:assert/strict';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { type Beating, withHeartbeat } from '../../src/activities/heartbeat.js';
import { pause } from '../../src/backoff/pause.js';
import { activityContext, activityFailureOf } from '../support/activity.js';
import { inFastTime } from '../support/fast-time.js';

const FRESH = { messages: { silentForMs: () => 0 } };

/** Work that goes on until it is told to let go. */
async function untilTold({ signal }: Beating<unknown>): Promise<never> {
  await pause(3_600_000, signal);
  throw signal.reason as Error;
}

describe('withHeartbeat', () => {
  it('stops the work of an isolated worker: the server may have given it to another', async () => {
    let silent = 0;
    const messages = { silentForMs: () => (silent += 1000) };
    const env = activityContext({ heartbeatTimeoutMs: 30_000 });
    const failure = await inFastTime(() =>
      activityFailureOf(env.run(() => withHeartbeat({ messages }, (beating) => untilTold(beating)))),
    );
    assert.equal(failure.type, 'Detached');
    assert.equal(failure.nonRetryable, false);
    assert.equal(silent, 31_000, 'as soon as the lease is over, and not before');
  });

  it('goes on while the server answers', async () => {
    const env = activityContext({ heartbeatTimeoutMs: 30_000 });
    const result = await inFastTime(() =>
      env.run(() =>
        withHeartbeat(FRESH, async ({ signal }) => {
          await pause(300_000, signal);
          return signal.aborted;
        }),
      ),
    );
    assert.equal(result, false);
  });

  it('hands on what an earlier attempt remembered, and does not forget it', async () => {
    const env = activityContext({ heartbeatDetails: { ticket: 9 } });
    const beats: unknown[] = [];
    env.on('heartbeat', (details) => beats.push(details));
    const earlier = await inFastTime(() =>
      env.run(() =>
        withHeartbeat(FRESH, async (beating: Beating<{ readonly ticket: number }>) => {
          await pause(5000, beating.signal);
          return beating.earlier;
        }),
      ),
    );
    assert.deepEqual(earlier, { ticket: 9 });
    assert.ok(beats.length > 0);
    for (const details of beats) assert.deepEqual(details, { ticket: 9 });
  });

  it('sends what is remembered before anything else: a later beat may be held back by the SDK', async () => {
    const env = activityContext();
    const beats: unknown[] = [];
    env.on('heartbeat', (details) => beats.push(details));
    await env.run(() =>
      withHeartbeat(FRESH, ({ remember }) => {
        remember({ ticket: 17 });
        return Promise.resolve();
      }),
    );
    assert.deepEqual(beats[0], { ticket: 17 });
  });

  it('confirms a cancel, and hands the work on at a shutdown', async () => {
    const canceled = activityContext();
    await assert.rejects(
      inFastTime(() =>
        canceled.run(() =>
          withHeartbeat(FRESH, (beating) => {
            canceled.cancel();
            return untilTold(beating);
          }),
        ),
      ),
      CancelledFailure,
    );
    const leaving = activityContext();
    const failure = await inFastTime(() =>
      activityFailureOf(
        leaving.run(() =>
          withHeartbeat(FRESH, (beating) => {
            leaving.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
            return untilTold(beating);
          }),
        ),
      ),
    );
    assert.deepEqual([failure.type, failure.nonRetryable, failure.nextRetryDelay], ['Detached', false, '1ms']);
  });

  it('lets the error of work that was not stopped through as it is', async () => {
    const broken = new TypeError('broken');
    const env = activityContext();
    const run = (): Promise<never> => Promise.reject(broken);
    await assert.rejects(
      env.run(() => withHeartbeat(FRESH, run)),
      (error) => error === broken,
    );
  });
});

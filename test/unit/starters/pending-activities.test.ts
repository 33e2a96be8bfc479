import assert from 'node:assert/strict';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { pendingActivities, type PendingActivity } from '../../../src/starters/pending-activities.js';

/** Of the server's API. */
const [SCHEDULED, STARTED, CANCEL_REQUESTED, PAUSED] = [1, 2, 3, 4] as const;
const [START_TO_CLOSE, HEARTBEAT] = [1, 4] as const;

/** As the client gives it, numbers for enumerations. */
function described(raw: object): PendingActivity {
  const description = { raw: { pendingActivities: [raw] } } as unknown as WorkflowExecutionDescription;
  const [pending] = pendingActivities(description);
  assert.ok(pending !== undefined);
  return pending;
}

const following = { activityType: { name: 'followBuild' }, attempt: 2, state: STARTED } as const;
const detached = { message: 'the worker let go', applicationFailureInfo: { type: 'Detached' } } as const;

describe('pendingActivities', () => {
  it('sees no failure in an attempt that was handed on, neither while the next one waits nor while it runs', () => {
    const lost = { message: 'activity Heartbeat timeout', timeoutFailureInfo: { timeoutType: HEARTBEAT } } as const;
    for (const lastFailure of [detached, lost]) {
      for (const state of [SCHEDULED, STARTED, CANCEL_REQUESTED]) {
        const pending = described({ ...following, state, lastFailure });
        assert.deepEqual([pending.lastFailure, pending.isHandedOn], [null, true]);
      }
    }
  });

  it('sees every other failure, with our own code where it has one', () => {
    const refused = { message: 'ECONNREFUSED', applicationFailureInfo: { type: 'FrontendUnavailable' } } as const;
    const wrapped = { message: 'Activity task failed', cause: refused } as const;
    for (const lastFailure of [refused, wrapped]) {
      const pending = described({ ...following, lastFailure });
      assert.deepEqual(pending.lastFailure, { code: 'FrontendUnavailable', message: 'ECONNREFUSED' });
      assert.equal(pending.isHandedOn, false);
    }
    const hung = {
      message: 'activity StartToClose timeout',
      timeoutFailureInfo: { timeoutType: START_TO_CLOSE },
    } as const;
    assert.deepEqual(described({ ...following, lastFailure: hung }).lastFailure?.code, 'Error');
    assert.equal(described(following).lastFailure, null);
    assert.equal(described(following).isHandedOn, false);
  });

  it('knows when its first attempt was due, from the end of the time for all of them', () => {
    const expirationTime = { seconds: 1_767_225_600 + 3600, nanos: 0 };
    const activityOptions = { scheduleToCloseTimeout: { seconds: 3600 } };
    assert.equal(described({ ...following, expirationTime, activityOptions }).since, '2026-01-01T00:00:00.000Z');
    assert.equal(described(following).since, null, 'an older server does not tell');
  });

  it('says whether it runs, pauses between attempts, or waits for a worker or an operator', () => {
    const nextAttemptScheduleTime = { seconds: 1_767_225_600, nanos: 0 };
    const cases: readonly (readonly [object, PendingActivity['state'], string | null])[] = [
      [following, 'running', null],
      [{ ...following, state: CANCEL_REQUESTED }, 'running', null],
      [{ ...following, state: SCHEDULED }, 'queued', null],
      [{ ...following, state: SCHEDULED, nextAttemptScheduleTime }, 'retrying', '2026-01-01T00:00:00.000Z'],
      [{ ...following, state: PAUSED }, 'paused', null],
    ];
    for (const [raw, state, next] of cases) {
      assert.deepEqual([described(raw).state, described(raw).nextAttempt], [state, next]);
    }
  });

  it('reads how long the log is out of the heartbeat', () => {
    const payloads = [defaultPayloadConverter.toPayload({ logBytes: 2048 })];
    assert.equal(described({ ...following, heartbeatDetails: { payloads } }).logBytes, 2048);
    assert.equal(described(following).logBytes, null);
  });
});

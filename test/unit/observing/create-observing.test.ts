import assert from 'node:assert/strict';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { createObserving, type Observing } from '../../../src/observing/create-observing.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { givenView } from '../../support/fake-ports.js';
import { givenLimits } from '../../support/given-tasks.js';

const down = { code: 'FrontendUnavailable', message: 'connect ECONNREFUSED' } as const;

/** One failed attempt of an activity, as the SDK lets it pass by the interceptor. */
async function failedAttempt(
  observing: Observing,
  { activityType, attempt, most }: { readonly activityType: string; readonly attempt: number; readonly most: number },
): Promise<void> {
  const info = {
    ...{ activityType, attempt, activityId: '1', scheduledTimestampMs: Date.now() },
    retryPolicy: { maximumAttempts: most },
  } as unknown as Context['info'];
  const execute = observing.activityInterceptor({ info }).inbound?.execute;
  const failure = ApplicationFailure.create({ message: down.message, type: down.code, nonRetryable: false });
  await assert.rejects(async () => execute?.({ args: [], headers: {} }, () => Promise.reject(failure)));
}

async function sample(observing: Observing, name: string): Promise<number> {
  const text = await observing.metricsText();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

describe('createObserving', () => {
  const waiting = 'copr_waits{system="frontend"}';

  it('says only what has a value to those who scrape twice in a moment', async () => {
    const observing = createObserving();
    for (let scrape = 0; scrape < 20; scrape += 1)
      for (const line of (await observing.metricsText()).split('\n'))
        if (line !== '' && !line.startsWith('#')) assert.match(line, / -?[0-9.e+-]+$/);
  });

  it('counts who waits for the next attempt, and nobody after the last one', async () => {
    const observing = createObserving();
    await failedAttempt(observing, { activityType: 'finishBuild', attempt: 3, most: 3 });
    assert.equal(await sample(observing, waiting), 0);
    await failedAttempt(observing, { activityType: 'finishBuild', attempt: 1, most: 0 });
    assert.equal(await sample(observing, waiting), 1, '0 is without end');
  });

  it('takes a dispatcher whose looks fail for one wait that lasts until the frontend answers', async () => {
    const observing = createObserving();
    const { observer } = observing;
    for (const seconds of [70, 60, 5]) {
      observer.looking('builds', 5);
      observer.lookFailed('builds', { ...down, began: Date.now() - seconds * 1000 });
      await failedAttempt(observing, { activityType: 'pollTasks', attempt: 1, most: 1 });
    }
    assert.equal(await sample(observing, waiting), 1);
    assert.ok((await sample(observing, 'copr_oldest_wait_seconds{system="frontend"}')) >= 70);
    assert.ok((await sample(observing, 'copr_frontend_failing_seconds{of="builds"}')) >= 70);
    observer.looking('builds', 5);
    observer.looked('builds', { ordered: [], view: givenView(), limits: givenLimits(2), began: Date.now() });
    assert.equal(await sample(observing, waiting), 0);
    assert.equal(await sample(observing, 'copr_frontend_failing_seconds{of="builds"}'), 0);
  });

  it('counts the messages of a bus only while this process sends them', async () => {
    const observing = createObserving();
    observing.outbox.seen('fedora', 12);
    assert.equal(await sample(observing, 'copr_messages_waiting{bus="fedora"}'), 12);
    observing.outbox.seen('fedora', null);
    assert.doesNotMatch(await observing.metricsText(), /^copr_messages_waiting\{/m);
  });

  it('notices by its calls what the frontend does not take or tell, and when it does again', async () => {
    const observing = createObserving();
    let isWell = false;
    const answer = (): Promise<void> => {
      const refusal = new PortFailure('FrontendRefused', 'HTTP 401', { retryable: false });
      return isWell ? Promise.resolve() : Promise.reject(refusal);
    };
    const calls = observing.measured({ reportBuild: answer, cancelRequests: answer, buildTask: answer }, 'frontend');
    for (const call of Object.values(calls)) await assert.rejects(call());
    assert.deepEqual(
      observing.frontend.trouble().map(({ of, code }) => [of, code]),
      [
        ['cancels', 'FrontendRefused'],
        ['reports', 'FrontendRefused'],
      ],
    );
    isWell = true;
    for (const call of Object.values(calls)) await call();
    assert.deepEqual(observing.frontend.trouble(), []);
  });
});

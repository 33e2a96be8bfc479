import assert from 'node:assert/strict';
import { type ApplicationFailure, defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { mapFailures } from '../../src/activities/failure-mapping.js';
import { detached } from '../../src/contracts/detached.js';
import { PortFailure } from '../../src/ports/port-failure.js';
import { activityContext, activityFailureOf } from '../support/activity.js';

/** As the profiles have it and the SDK gives it, in milliseconds. */
const retryPolicy = { initialInterval: 1000, maximumInterval: 60_000, backoffCoefficient: 2 };

/** One activity of one process, and how it fails next. */
function givenActivity(): { readonly failing: (attempt: number, error: Error) => Promise<ApplicationFailure> } {
  const { work } = mapFailures({ work: (error: Error): Promise<never> => Promise.reject(error) });
  return { failing: (attempt, error) => activityFailureOf(activityContext({ attempt, retryPolicy }).run(work, error)) };
}

describe('an activity that fails after attempts that ended with their worker', () => {
  it('is handed on at once, whatever the number of the attempt', async () => {
    const { failing } = givenActivity();
    for (const attempt of [1, 2, 12]) {
      const failure = await failing(attempt, detached('the worker goes'));
      assert.deepEqual([failure.type, failure.nonRetryable, failure.nextRetryDelay], ['Detached', false, '1ms']);
    }
  });

  it('pauses as after its first failures, and longer each time', async () => {
    const { failing } = givenActivity();
    const pauses: unknown[] = [];
    for (let attempt = 11; attempt <= 19; attempt += 1) {
      const failure = await failing(attempt, new PortFailure('StorageFailed', 'disk full', { retryable: true }));
      assert.equal(failure.nonRetryable, false);
      pauses.push(failure.nextRetryDelay);
    }
    assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is not a defect before it has failed ten times itself', async () => {
    const { failing } = givenActivity();
    for (let attempt = 11; attempt < 20; attempt += 1) {
      const failure = await failing(attempt, new TypeError('x is undefined'));
      assert.deepEqual([failure.type, failure.nonRetryable], ['BackendDefect', false], `attempt ${attempt}`);
    }
    assert.equal((await failing(20, detached('the worker goes'))).type, 'Detached');
    assert.equal((await failing(21, new TypeError('x is undefined'))).nonRetryable, true, 'the tenth failure');
  });

  it('leaves the pause to the server where all attempts were failures', async () => {
    const { failing } = givenActivity();
    for (const attempt of [1, 2, 3]) {
      const failure = await failing(attempt, new PortFailure('StorageFailed', 'disk full', { retryable: true }));
      assert.equal(failure.nextRetryDelay, undefined);
    }
  });

  it('is counted apart from others, and from the beginning once it went well', async () => {
    const { work } = mapFailures({
      work: (fails: boolean) => (fails ? Promise.reject(new Error('odd')) : Promise.resolve('done')),
    });
    const attempt = (activityId: string, number: number): Promise<ApplicationFailure> =>
      activityFailureOf(activityContext({ activityId, attempt: number, retryPolicy }).run(work, true));
    for (let number = 2; number <= 10; number += 1) await attempt('1', number);
    assert.equal((await attempt('2', 11)).nextRetryDelay, 1000);
    assert.equal(await activityContext({ activityId: '1', attempt: 11, retryPolicy }).run(work, false), 'done');
    assert.equal((await attempt('1', 12)).nonRetryable, false);
  });
});

/** Bytes of the failure as the SDK sends it. */
function sentBytes(failure: ApplicationFailure): number {
  return Buffer.byteLength(JSON.stringify(defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter)));
}

describe('a failure with megabytes of text', () => {
  const long = `first word ${'/results/owner/project/x.rpm '.repeat(150_000)}last word`;

  it('goes to the server in 16 KiB, with the head and the tail of what it says', async () => {
    const { failing } = givenActivity();
    const failure = await failing(
      1,
      new PortFailure('SigningFailed', long, { retryable: true, cause: new Error(long) }),
    );
    assert.deepEqual([failure.type, failure.nonRetryable], ['SigningFailed', false]);
    assert.match(failure.message, /^first word .* … \(\d+ characters, cut\) … .*last word$/s);
    assert.match(failure.cause?.message ?? '', /^first word .*last word$/s);
    assert.match(failure.cause?.stack ?? '', /failure-mapping\.test/, 'still says where it comes from');
    assert.ok(sentBytes(failure) <= 16 * 1024, `${sentBytes(failure)} bytes`);
  });

  it('is cut whatever its causes are', async () => {
    const { failing } = givenActivity();
    const deep = Array.from({ length: 20 }).reduce<Error>(
      (cause, _, index) => new Error(`level ${index} ${'é€😀'.repeat(2000)}`, { cause }),
      new Error('root'),
    );
    const foreign = new Error('odd', { cause: { args: long } });
    const circle = new Error('round');
    circle.cause = circle;
    for (const error of [deep, foreign, circle]) {
      const failure = await failing(1, error);
      assert.equal(failure.type, 'BackendDefect');
      assert.ok(sentBytes(failure) <= 16 * 1024, `${sentBytes(failure)} bytes`);
    }
  });

  it('is left as it is where it is short', async () => {
    const { failing } = givenActivity();
    const cause = new TypeError('x is undefined', { cause: new RangeError('y') });
    const failure = await failing(1, new PortFailure('StorageFailed', 'disk full', { retryable: true, cause }));
    assert.equal(failure.cause?.cause, cause);
  });
});

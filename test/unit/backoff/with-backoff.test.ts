import assert from 'node:assert/strict';
import { doubling, lengthening, withBackoff, type Pauses, steady } from '../../../src/backoff/with-backoff.js';
import { pause } from '../../../src/backoff/pause.js';

const first = (pauses: Pauses, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => pauses(index + 1));

describe('waiting for a neighbour', () => {
  it('asks until there is an answer, and shows each failure with the pause that follows', async () => {
    const heard: unknown[] = [];
    let calls = 0;
    const ask = (): Promise<string> => {
      calls += 1;
      return calls < 4 ? Promise.reject(new Error(`failure ${calls}`)) : Promise.resolve('an answer');
    };
    const answer = await withBackoff(ask, {
      pauses: doubling({ firstMs: 1, longestMs: 3 }),
      goesOn: (error, so) => {
        heard.push([(error as Error).message, so.failures, so.pauseMs]);
        return true;
      },
    });
    assert.equal(answer, 'an answer');
    assert.deepEqual(heard, [
      ['failure 1', 1, 1],
      ['failure 2', 2, 2],
      ['failure 3', 3, 3],
    ]);
  });

  it('ends with a failure that is final, and with the word of who decides', async () => {
    const failing = (): Promise<never> => Promise.reject(new Error('refused'));
    const pauses = steady(1);
    await assert.rejects(withBackoff(failing, { pauses, goesOn: (_, { failures }) => failures < 3 }), /refused/);
    await assert.rejects(
      withBackoff(failing, { pauses, goesOn: () => Promise.reject(new Error('the machine is gone')) }),
      /the machine is gone/,
    );
  });

  it('counts from the beginning once the neighbour was reached', async () => {
    const seen: number[] = [];
    const ask = async ({ answered }: { readonly answered: () => void }): Promise<void> => {
      if (seen.length === 2) answered();
      if (seen.length < 4) throw new Error('lost');
      await Promise.resolve();
    };
    await withBackoff(ask, { pauses: steady(1), goesOn: (_, { failures }) => seen.push(failures) > 0 });
    assert.deepEqual(seen, [1, 2, 1, 2]);
  });

  it('ends with the reason of its signal, without another call', async () => {
    const stop = new AbortController();
    let calls = 0;
    const ask = (): Promise<never> => {
      calls += 1;
      return Promise.reject(new Error('silent'));
    };
    const waiting = withBackoff(ask, {
      pauses: steady(3_600_000),
      signal: stop.signal,
      goesOn: () => {
        setImmediate(() => stop.abort(new Error('told to stop')));
        return true;
      },
    });
    await assert.rejects(waiting, /told to stop/);
    assert.equal(calls, 1);
  });

  it('ends with the reason of its signal where a call that was under way fails, and asks nobody about it', async () => {
    const stop = new AbortController();
    const ask = (): Promise<never> => {
      stop.abort(new Error('told to stop'));
      return Promise.reject(new Error('cut off'));
    };
    await assert.rejects(
      withBackoff(ask, { pauses: steady(1), signal: stop.signal, goesOn: () => assert.fail() }),
      /told to stop/,
    );
  });

  it('has pauses that double, lengthen or stay', () => {
    assert.deepEqual(first(doubling({ firstMs: 500, longestMs: 5000 }), 6), [500, 1000, 2000, 4000, 5000, 5000]);
    assert.equal(doubling({ firstMs: 1000, longestMs: 30_000 })(100_000), 30_000);
    assert.deepEqual(first(lengthening({ firstMs: 5, most: 3 }), 5), [5, 10, 15, 15, 15]);
    assert.deepEqual(first(steady(7), 3), [7, 7, 7]);
  });

  it('pauses until the first of several signals', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const paused = pause(3_600_000, one.signal, other.signal);
    other.abort();
    await paused;
    await pause(3_600_000, other.signal, one.signal);
  });
});

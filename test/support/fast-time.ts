import { mock } from 'node:test';

/** No pause of the product is longer than this in total; anything that waits longer will wait for ever. */
const MAX_MS = 86_400_000;

/**
 * Runs `run` with timers and a clock that do not wait: after each turn of the event loop, another `stepMs` have passed.
 * Files and sockets keep working. If it never ends, the test's own timeout ends it.
 */
export async function inFastTime<T>(run: () => Promise<T>, stepMs = 100): Promise<T> {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.now() });
  try {
    const end = { reached: false };
    const result = run().finally(() => {
      end.reached = true;
    });
    result.catch(() => undefined); // it is awaited below
    const began = Date.now();
    while (!end.reached) {
      await new Promise((resolve) => setImmediate(resolve));
      mock.timers.tick(stepMs);
      if (Date.now() - began > MAX_MS) throw new Error('a day went by and nothing happened');
    }
    return await result;
  } finally {
    mock.timers.reset();
  }
}

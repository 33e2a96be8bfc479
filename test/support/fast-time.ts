import { mock } from 'node:test';

/** No pause of the product adds up to more than this; what waits longer waits for something that never comes. */
const MAX_MS = 86_400_000;

/**
 * Runs `run` with timers and a clock that do not wait: whenever the event loop has turned, another `stepMs` have
 * passed. Files and sockets keep working. What never ends is ended by the test's own timeout.
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

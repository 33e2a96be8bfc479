import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks at once and then a minute (`pauseMs`) after each look has ended. `look` must not reject. Returns a function that
 * aborts the signal, and ends this after the look under way.
 */
export function everyMinute(look: (ending: AbortSignal) => Promise<void>, pauseMs = 60_000): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const watching = (async () => {
    while (!signal.aborted) {
      await look(signal);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await watching;
  };
}

import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from '../bench/subcommand.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long interrupted work may take to notice the interruption. */
const NOTICE_MS = 30_000;

/**
 * Runs work on a whole installation that says how it is undone; undoes it in any case, even after Ctrl-C or when it
 * takes longer than `seconds`.
 */
export async function undone<T>(
  say: (line: string) => void,
  seconds: number,
  work: (run: BenchRun) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const cleanUps: (() => Promise<void>)[] = [];
  let ended: Promise<void> = Promise.resolve();
  const onSignal = (): void => interruption.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const timer = setTimeout(() => interruption.abort(new Error(`not over after ${seconds} s`)), seconds * 1000);
  const aborted = new Promise<never>((_, reject) => {
    interruption.signal.addEventListener('abort', () => reject(interruption.signal.reason as Error), { once: true });
  });
  try {
    const done = work({
      root: ROOT,
      product: ROOT,
      say,
      signal: interruption.signal,
      defer: (cleanUp) => void cleanUps.push(cleanUp),
    });
    ended = done.then(
      () => undefined,
      () => undefined,
    );
    return await Promise.race([done, aborted]);
  } finally {
    clearTimeout(timer);
    // Interrupted work notices it when its calls have ended; what it is about to use must not be closed before.
    await Promise.race([ended, sleep(NOTICE_MS, undefined, { ref: false })]);
    for (const cleanUp of cleanUps.reverse())
      await cleanUp().catch((error: unknown) => say(`cleaning up: ${String(error)}`));
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from '../subcommand.js';
import type { Installation } from './installation.js';

/**
 * Waits until something is true; throws if it does not become true, if the run is interrupted, or if the playground
 * breaks.
 */
export async function until(
  run: BenchRun,
  installation: Pick<Installation, 'broken'>,
  wait: {
    readonly what: string;
    readonly seconds: number;
    readonly everyMs?: number;
    readonly isTrue: () => boolean | Promise<boolean>;
  },
): Promise<void> {
  const end = Date.now() + wait.seconds * 1000;
  while (!(await wait.isTrue())) {
    run.signal.throwIfAborted();
    if (Date.now() > end) throw new Error(`not within ${wait.seconds} s: ${wait.what}`);
    await Promise.race([sleep(wait.everyMs ?? 100), installation.broken]);
  }
}

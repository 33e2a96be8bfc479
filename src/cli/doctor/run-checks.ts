import { setTimeout as sleep } from 'node:timers/promises';
import { failed, whyOf, type Check, type Verdict } from './check.js';

/**
 * Runs all checks at the same time; each has its own time limit, so a neighbour that hangs holds up no other. `waiting`
 * is told whose answers are awaited, whenever that changes. Verdicts come in the order of the checks. Never rejects.
 */
export async function runChecks(
  checks: readonly Check[],
  options: { readonly limitMs: number; readonly waiting: (names: readonly string[]) => void },
): Promise<readonly Verdict[]> {
  const open = new Set(checks.map(({ about }) => about));
  options.waiting([...open]);
  const verdicts = await Promise.all(
    checks.map(async (check) => {
      const found = await runOne(check, check.limitMs ?? options.limitMs);
      open.delete(check.about);
      options.waiting([...open]);
      return found;
    }),
  );
  return verdicts.flat();
}

async function runOne(check: Check, limitMs: number): Promise<readonly Verdict[]> {
  const late = new AbortController();
  const done = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: done.signal }).then(
    (): readonly Verdict[] => {
      late.abort(new Error('the time of this check is over'));
      return [failed(check.about, `no answer within ${limitMs / 1000} s`, check.ifSilent)];
    },
    () => [], // the check was quicker
  );
  const work = check
    .run(late.signal)
    .catch((error: unknown) => [
      failed(check.about, `the check itself failed: ${whyOf(error)}`, 'report it, with the output of --json'),
    ]);
  try {
    return await Promise.race([work, limit]);
  } finally {
    done.abort();
  }
}

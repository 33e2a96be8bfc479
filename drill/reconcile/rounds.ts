import { createReconcileMemory } from '../../src/adapters/plan-files/reconcile-memory.js';
import type { Config } from '../../src/config/schema.js';
import { CHECKS, type CheckName } from '../../src/domain/maintenance/reconciliation.js';
import { createLogger } from '../../src/logging/logger.js';
import { runReconcile } from '../../src/starters/reconcile.js';
import type { OpenClient } from '../../src/starters/connect.js';

/** The outcome of one round of all checks. */
export type Round = {
  /** The findings that were not fixed, by check and key. */
  readonly found: ReadonlyMap<string, string>;
  /** Things that were fixed. */
  readonly actions: number;
  /** Checks that could look. */
  readonly sighted: readonly CheckName[];
  /** The lines of the round about fixes and about checks that could not look. */
  readonly said: readonly string[];
};

/** Does one round. */
export type NextRound = (signal: AbortSignal) => Promise<Round>;

/** Rounds of `copr-backend reconcile --fix`, for which time passes `faster` times as fast as by the clock. */
export function roundsOf(
  { open, config }: { readonly open: OpenClient; readonly config: Config },
  faster: number,
): NextRound {
  const log = createLogger({ level: 'silent', name: 'reconcile' });
  const memory = createReconcileMemory(config);
  const began = Date.now();
  const now = (): number => began + (Date.now() - began) * faster;
  return async (signal) => {
    const told: string[] = [];
    const outcome = await runReconcile(open, config, log, {
      ...{ check: null, fixes: true, signal, now },
      tell: (line) => void told.push(line),
      progress: () => undefined,
    });
    const found = new Map<string, string>();
    for (const check of CHECKS)
      for (const { key, text, looks } of (await memory.read(check)).memory?.suspects ?? [])
        if (looks > 0) found.set(`${check}/${key}`, text);
    return {
      found,
      actions: outcome.changed,
      sighted: CHECKS.filter((check) => outcome.counts?.[check] !== undefined),
      said: told.filter((line) => /fixed: |could not be looked at: /.test(line)),
    };
  };
}

import { availableParallelism } from 'node:os';
import type { PruneCaps } from '../domain/prune/prune-caps.js';
import type { Config } from './schema.js';

/** 04:00 in seconds since midnight. */
const USUAL_TIME = 4 * 3600;

/**
 * When results are pruned each day, in seconds since midnight UTC; null: never. The known service pruned only where
 * `prune_days` was set, and nobody loses packages to a default.
 *
 * @param isDaysSet the configuration file has `prune_days`
 */
export function pruneTime(config: Pick<Config, 'pruneAt'>, isDaysSet: boolean): number | null {
  if (config.pruneAt === 'off') return null;
  return config.pruneAt ?? (isDaysSet ? USUAL_TIME : null);
}

/** The settings of a configuration for pruning. */
export function pruningOf(config: Config): {
  readonly days: number;
  readonly caps: PruneCaps;
  /** Directories surveyed in parallel. */
  readonly parallel: number;
} {
  return {
    days: config.pruneDays,
    caps: { share: config.pruneMaxShare, total: config.pruneMaxTotal },
    parallel: config.pruneWorkers ?? availableParallelism(),
  };
}

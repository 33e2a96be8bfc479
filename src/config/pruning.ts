import { availableParallelism } from 'node:os';
import type { PruneCaps } from '../domain/prune/prune-caps.js';
import type { Config } from './schema.js';

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

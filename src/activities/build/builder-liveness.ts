import type { Builder } from '../../contracts/build/build.js';
import type { BuilderPool } from '../../ports/build/builder-pool.js';
import { failure } from '../failure-mapping.js';

/** Throws `BuilderLost` if Resalloc says that the machine is no longer ours. A silent Resalloc proves nothing. */
export async function throwIfLost(pool: Pick<BuilderPool, 'collect'>, builder: Builder): Promise<void> {
  const found = await pool.collect(builder.ticket).catch(() => null);
  if (found === null || found.state === 'ready' || found.state === 'waiting') return;
  const message = `Resalloc says of builder ${builder.host} (ticket ${builder.ticket}): ${found.state}`;
  throw failure('BuilderLost', message);
}

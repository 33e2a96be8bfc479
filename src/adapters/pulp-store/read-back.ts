import { pause } from '../../backoff/pause.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { TaskWatch } from '../pulp/tasks.js';
import type { ListedUnit } from './known-content.js';
import type { PublishedMetadata } from './published-metadata.js';

const LOOKS = 10;
const PAUSE_MS = 1000;

/**
 * Reads what clients get, and compares: every package with its sha256, and no other. The content server may serve the
 * publication before for a moment. Rejects with `PulpTaskFailed` if it still does after ten looks.
 */
export async function readBack(
  published: PublishedMetadata,
  name: string,
  units: readonly ListedUnit[],
  { signal, onPoll }: TaskWatch,
): Promise<void> {
  const expected = new Set(units.map(({ sha256 }) => sha256));
  for (let look = 1; ; look += 1) {
    onPoll?.('reading back');
    const packages = await published.read(name, signal);
    const seen = new Set([...(packages?.values() ?? [])].map(({ checksum }) => checksum));
    const missing = [...expected].filter((sha256) => !seen.has(sha256)).length;
    const foreign = [...seen].filter((sha256) => !expected.has(sha256)).length;
    if (packages !== null && missing + foreign === 0) return;
    if (look === LOOKS)
      throw new PortFailure(
        'PulpTaskFailed',
        `${name}: of ${expected.size} packages, ${missing} are missing in the published metadata, ${foreign} others are there`,
      );
    await pause(PAUSE_MS, ...(signal === undefined ? [] : [signal]));
    signal?.throwIfAborted();
  }
}

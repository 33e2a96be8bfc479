import type { LimitsSnapshot } from '../../contracts/dispatch/queue.js';

/** One line if a poller's own limits are not the ones that count; null if they are. */
export function foreignLimitsText(of: 'builds' | 'actions', { digest, countsFrom }: LimitsSnapshot): string | null {
  if (countsFrom === null || countsFrom.digest === digest) return null;
  return (
    `the limits of ${of} are those of poller ${countsFrom.poller} (digest ${countsFrom.digest}, heard of at ${countsFrom.at}); ` +
    `this poller has others (digest ${digest}): make the files alike, or run \`copr-backend config adopt\``
  );
}

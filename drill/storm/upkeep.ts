import { createPrunePlans } from '../../src/adapters/plan-files/prune-plans.js';
import { formatChroot, formatRemoval, PLAN_HEAD } from '../../src/domain/prune/prune-plan.js';
import { packagesSeen } from '../readers/reader.js';
import { startPrune, startResign } from './long-lived.js';
import { ARCHIVE } from './seed.js';
import { goesOn, type Storm } from './storm.js';

const LOOK_SECONDS = 1;

/**
 * Once the archive has its metadata, its packages are signed again, and empty directories there are pruned by a plan.
 */
export async function maintainArchive(storm: Storm, signal: AbortSignal): Promise<void> {
  while (!(await isPublished(storm))) if (!(await goesOn(LOOK_SECONDS, signal))) return;
  await patiently(() => startResign(storm.client, ARCHIVE), signal);
  const { results } = storm.installation.directory;
  const plan = await createPrunePlans({ destdir: results }).keep(planOf(storm.seeded.empty));
  await patiently(() => startPrune(storm.client, plan), signal);
  storm.say('the archive is signed again and pruned');
}

async function isPublished({ installation }: Storm): Promise<boolean> {
  const { owner, dirname, chroot } = ARCHIVE;
  const url = `${installation.addresses.resultsUrl}/${owner}/${dirname}/${chroot}`;
  return packagesSeen(url).then(
    (hrefs) => hrefs.length > 0,
    () => false,
  );
}

function planOf(empty: readonly string[]): string {
  const removals = empty.map((path) =>
    formatRemoval(ARCHIVE, { kind: 'build', path, bytes: 0, reason: 'no binary package' }),
  );
  return `${[PLAN_HEAD, formatChroot({ repository: ARCHIVE, days: 0, packages: 0 }), ...removals].join('\n')}\n`;
}

/** Temporal may be away at the moment. */
async function patiently(start: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await start();
      return;
    } catch (error) {
      if (!(await goesOn(LOOK_SECONDS, signal))) throw error;
    }
  }
}

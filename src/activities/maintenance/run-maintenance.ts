import type { StepActivities } from '../../contracts/activities.js';
import { cutMiddle } from '../../contracts/bounded-text.js';
import type { MaintenanceOutcome } from '../../contracts/maintenance/maintenance.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { boundedOutcome } from './outcome.js';

/** Bytes of a progress line. */
const MAX_PROGRESS = 300;

type Dependencies = Pick<ActivityDependencies, 'jobs' | 'messages' | 'log'>;

/** Runs one round of a job; its progress line is in the heartbeats. */
export function createMaintenanceActivity(deps: Dependencies): Pick<StepActivities, 'runMaintenance'> {
  return {
    runMaintenance: ({ job }) =>
      withHeartbeat<{ progress: string }, MaintenanceOutcome>(deps, async ({ signal, remember }) => {
        const run = deps.jobs[job];
        if (run === undefined) throw new PortFailure('JobUnknown', unknown(job));
        const progress = (line: string): void => remember({ progress: cutMiddle(line, MAX_PROGRESS) });
        progress('begins');
        const outcome = await run({ signal, progress, dryRun: false });
        signal.throwIfAborted();
        for (const trouble of outcome.troubles) deps.log.warn({ job, trouble }, 'trouble in a round of maintenance');
        deps.log.info({ job, changed: outcome.changed }, outcome.summary);
        return boundedOutcome(outcome);
      }),
  };
}

function unknown(job: string): string {
  return `this worker has no job ${job}: bring its version and configuration up to date with those of the poller`;
}

import type { MaintenanceInput } from '../../contracts/inputs.js';
import type { MaintenanceOutcome } from '../../contracts/maintenance/maintenance.js';
import { showDetails } from '../current-details.js';
import { activitiesFor } from '../retry/proxies.js';

/**
 * One round of a maintenance job (decision 0063). A Schedule starts it again and again; a failed round says why, and
 * does not affect later ones.
 */
export async function maintenance(input: MaintenanceInput): Promise<MaintenanceOutcome> {
  const { job } = input;
  showDetails([['job', job]]);
  const outcome = await activitiesFor(input).runMaintenance({ job });
  showDetails([
    ['job', job],
    ['result', outcome.summary],
    ['troubles', outcome.troubles.length === 0 ? '' : outcome.troubles.join('; ')],
  ]);
  return outcome;
}

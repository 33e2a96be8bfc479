import { planPruning, type MadePlan, type PlanningOptions } from '../activities/prune/plan.js';
import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import { openPulpStorage } from '../adapters/pulp-store/open-storage.js';
import { createPrunableTree } from '../adapters/repository-store/survey/prunable-tree.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logging/logger.js';
import { PortFailure } from '../ports/port-failure.js';

/**
 * Makes a plan of removals from this host's results tree, and from Pulp for projects that are there. Waits for an
 * unavailable frontend; what Pulp does not answer about is left out of the plan. Rejects with `ConfigurationInvalid` for
 * settings of Pulp that cannot be used.
 */
export async function makePrunePlan(config: Config, options: PlanningOptions, log: Logger): Promise<MadePlan> {
  const pulp = await openPulpStorage(config);
  const { destdir, frontendBaseUrl: baseUrl, frontendAuth: password } = config;
  try {
    return await planPruning(
      {
        frontend: createFrontendHttp({ baseUrl, password, log }),
        tree: createPrunableTree({ destdir }),
        atPulp:
          pulp.is === 'configured'
            ? pulp.storage.prunable
            : { survey: () => Promise.reject(new PortFailure('PulpUnconfigured', `it is in Pulp: ${pulp.remedy}`)) },
        ...{ log, now: Date.now },
      },
      options,
    );
  } finally {
    if (pulp.is === 'configured') pulp.close();
  }
}

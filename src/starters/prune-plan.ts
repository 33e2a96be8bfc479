import { planPruning, type MadePlan, type PlanningOptions } from '../activities/prune/plan.js';
import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import { createPrunableTree } from '../adapters/repository-store/survey/prunable-tree.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logging/logger.js';
import { PortFailure } from '../ports/port-failure.js';

/** Makes a plan of removals from this host's results tree. Waits for an unavailable frontend. */
export function makePrunePlan(
  config: Pick<Config, 'destdir' | 'frontendBaseUrl' | 'frontendAuth'>,
  options: PlanningOptions,
  log: Logger,
): Promise<MadePlan> {
  return planPruning(
    {
      frontend: createFrontendHttp({ baseUrl: config.frontendBaseUrl, password: config.frontendAuth, log }),
      tree: createPrunableTree({ destdir: config.destdir }),
      atPulp: { survey: () => Promise.reject(notHere()) },
      ...{ log, now: Date.now },
    },
    options,
  );
}

function notHere(): PortFailure {
  const message = 'its packages are in Pulp, which only workers ask: copr-backend schedule run prune-results prunes it';
  return new PortFailure('PulpUnconfigured', message);
}

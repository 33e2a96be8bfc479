import { createPulpExchange } from './exchange.js';
import { createPulpPackages, type PulpPackages } from './packages.js';
import { createPulpRepositories, type PulpRepositories } from './repositories.js';
import type { PulpSettings } from './settings.js';

/** One domain of a Pulp. */
export type PulpClient = {
  readonly packages: PulpPackages;
  readonly repositories: PulpRepositories;
  /** Ends its connections. */
  readonly close: () => void;
};

export async function createPulpClient(settings: PulpSettings): Promise<PulpClient> {
  const exchange = await createPulpExchange(settings);
  return {
    packages: createPulpPackages(exchange),
    repositories: createPulpRepositories(exchange),
    close: exchange.close,
  };
}

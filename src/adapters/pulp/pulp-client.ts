import { withCircuit } from './circuit.js';
import { createPulpExchange } from './exchange.js';
import { createPulpPackages, type PulpPackages } from './packages.js';
import { createPulpRepositories, type PulpRepositories } from './repositories.js';
import { readStatus } from './status.js';
import type { PulpSettings } from './settings.js';

/** The content of a Pulp. */
export type PulpContent = { readonly packages: PulpPackages; readonly repositories: PulpRepositories };

/** One domain of a Pulp. */
export type PulpClient = PulpContent & {
  /** Versions of its components by their names. Rejects with `PulpUnavailable` or `PulpRefused`. */
  readonly versions: () => Promise<Readonly<Record<string, string>>>;
  /** Ends its connections. */
  readonly close: () => void;
};

export async function createPulpClient(settings: PulpSettings): Promise<PulpClient> {
  const exchange = withCircuit(await createPulpExchange(settings));
  return {
    packages: createPulpPackages(exchange),
    repositories: createPulpRepositories(exchange),
    versions: async () => (await readStatus(exchange, settings)).versions,
    close: exchange.close,
  };
}

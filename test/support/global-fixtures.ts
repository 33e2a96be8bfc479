import { endPulp } from './pulp.js';
import { endTemporal } from './temporal.js';

/** Mocha's global teardown: nothing that the run started survives it. */
export async function mochaGlobalTeardown(): Promise<void> {
  await endTemporal();
  await endPulp();
}

import { createPulpStore, unconfiguredPulpStore } from '../adapters/pulp-store/package-store.js';
import { createRedirectFile } from '../adapters/pulp-store/redirect-file.js';
import type { Config } from '../config/schema.js';
import type { PackageStore, PackageStores } from '../ports/package-store.js';
import type { OpenPulp } from './open-pulp.js';

/** The stores of a worker; everything else asks for the one that a task or an action names. */
export function createPackageStores(input: {
  readonly config: Config;
  readonly tree: Omit<PackageStore, 'insist' | 'forget'>;
  readonly pulp: OpenPulp;
}): PackageStores {
  const { config, tree, pulp } = input;
  const { destdir, generationGraceHours: graceHours } = config;
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    tree: { ...tree, insist: nothing, forget: nothing },
    pulp:
      pulp.is === 'configured'
        ? createPulpStore({
            ...{ destdir, graceHours, client: pulp.client, published: pulp.published },
            redirects: createRedirectFile(config.pulpRedirectFile),
          })
        : unconfiguredPulpStore(pulp.remedy),
  };
}

import { unconfiguredPulpStore } from '../adapters/pulp-store/package-store.js';
import type { Config } from '../config/schema.js';
import type { PackageStore, PackageStores } from '../ports/package-store.js';
import type { OpenPulp } from './open-pulp.js';

/**
 * The stores of a worker; everything else asks for the one that a task or an action names. `discard` takes a build's
 * directory out of the tree.
 */
export function createPackageStores(input: {
  readonly config: Pick<Config, 'destdir' | 'generationGraceHours'>;
  readonly tree: Omit<PackageStore, 'insist' | 'adopt' | 'has' | 'forget'>;
  readonly pulp: OpenPulp;
  readonly discard: (directory: string) => Promise<void>;
}): PackageStores {
  const { config, tree, pulp, discard } = input;
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    tree: { ...tree, insist: nothing, adopt: nothing, has: () => Promise.resolve(false), forget: nothing },
    pulp:
      pulp.is === 'configured'
        ? pulp.storage.store({ graceHours: config.generationGraceHours, discard })
        : unconfiguredPulpStore({ destdir: config.destdir, remedy: pulp.remedy }),
  };
}

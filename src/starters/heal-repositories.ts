import { findDamage, type Damage } from '../adapters/repository-store/survey/damage.js';
import { isHeld } from '../adapters/repository-store/survey/repository-survey.js';
import { allChroots } from '../adapters/file-tree/all-chroots.js';
import { createTreePaths } from '../adapters/file-tree/paths.js';
import type { PulpDamage } from '../adapters/pulp-store/damage.js';
import { hasTraces } from '../adapters/pulp-store/traces.js';
import type { RepositoryId } from '../contracts/names/ids.js';
import { repositoryChange } from '../contracts/repository/repository.js';
import { inStore, type StoreKind } from '../contracts/store-kind.js';
import { withClient, type OpenClient } from './connect.js';
import type { WaitReason } from '../contracts/build/build.js';
import { failureText } from '../contracts/failures/failure-text.js';
import { requestRepository } from './repository-request.js';
import type { Settings } from './settings.js';

/** Result for one damaged repository. */
export type Healing = {
  readonly repository: RepositoryId;
  readonly devel: boolean;
  readonly damage: string;
  /** `damaged`: only checked. `held`: an operator holds it at a generation. */
  readonly outcome: 'damaged' | 'healed' | 'held' | 'failed';
  readonly failure: string | null;
};

/** The facts about the stores that `healRepositories` needs. */
export type HealedStores = {
  /** Where a repository is published. Throws StarterFailure if that is not known. */
  readonly storeOf: (repository: RepositoryId) => Promise<StoreKind>;
  readonly damageAtPulp: (repository: RepositoryId) => Promise<readonly PulpDamage[]>;
};

/** Damage in one of the stores. */
type StoredDamage = Damage & { readonly store: StoreKind; readonly isHeld: () => Promise<boolean> };

/**
 * Checks repositories one after the other, and has damaged ones rebuilt by a full run, unless it is a rehearsal.
 * Reports each result as soon as it is known; `unhealed` counts those that are still damaged, except in a rehearsal.
 * The store is asked for only where the disk shows damage, or something that only Pulp leaves: in a large tree the
 * frontend would be asked for each project otherwise.
 */
export async function healRepositories(
  settings: Settings,
  wanted: { readonly owner: string; readonly dirname: string; readonly chroot: string | null } | null,
  options: HealedStores & {
    readonly isRehearsal: boolean;
    readonly say: (healing: Healing) => void;
    readonly waits: (waitingFor: WaitReason) => void;
  },
): Promise<{ readonly looked: number; readonly unhealed: number }> {
  const paths = createTreePaths(settings.destdir);
  let looked = 0;
  let unhealed = 0;
  const look = async (open: OpenClient | null): Promise<void> => {
    for await (const repository of allChroots(paths, wanted)) {
      if (wanted !== null && wanted.chroot !== null && repository.chroot !== wanted.chroot) continue;
      looked += 1;
      for (const damage of await damageOf(repository)) {
        const healed =
          open === null ? { outcome: 'damaged' as const, failure: null } : await heal(open, repository, damage);
        if (healed.outcome === 'failed' || healed.outcome === 'held') unhealed += 1;
        options.say({ repository, devel: damage.devel, damage: damage.what, ...healed });
      }
    }
  };
  await (options.isRehearsal ? look(null) : withClient(settings, look));
  return { looked, unhealed };

  async function damageOf(repository: RepositoryId): Promise<readonly StoredDamage[]> {
    const tree = { destdir: settings.destdir, resultsBaseurl: settings.resultsBaseurl ?? '' };
    const isSuspect = await hasTraces(paths, repository);
    const inTree = isSuspect ? [] : await findDamage(tree, repository);
    if (!isSuspect && inTree.length === 0) return [];
    if ((await options.storeOf(repository)) === 'pulp')
      return (await options.damageAtPulp(repository)).map(({ isHeld, ...damage }) => ({
        ...{ ...damage, appstream: false, store: 'pulp', isHeld: () => Promise.resolve(isHeld) },
      }));
    return (isSuspect ? await findDamage(tree, repository) : inTree).map((damage) => ({
      ...{ ...damage, store: 'tree' },
      isHeld: () => (damage.devel ? Promise.resolve(false) : isHeld(settings.destdir, repository)),
    }));
  }

  async function heal(
    open: OpenClient,
    repository: RepositoryId,
    damage: StoredDamage,
  ): Promise<Pick<Healing, 'outcome' | 'failure'>> {
    const { devel, appstream, store } = damage;
    if (await damage.isHeld()) return { outcome: 'held', failure: null };
    const failure = await requestRepository(open, {
      repository,
      change: repositoryChange('full', { devel, appstream, ...inStore(store) }),
      storage: settings.storage,
      waits: options.waits,
    });
    if (failure === null) return { outcome: 'healed', failure: null };
    return { outcome: 'failed', failure: failureText(failure) };
  }
}

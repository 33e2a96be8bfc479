import { findDamage, type Damage } from '../adapters/repository-store/survey/damage.js';
import { isHeld } from '../adapters/repository-store/survey/repository-survey.js';
import { allChroots } from '../adapters/file-tree/all-chroots.js';
import { createTreePaths } from '../adapters/file-tree/paths.js';
import type { RepositoryId } from '../contracts/names/ids.js';
import { repositoryChange } from '../contracts/repository/repository.js';
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

/**
 * Checks repositories one after the other, and has damaged ones rebuilt by a full run, unless it is a rehearsal.
 * Reports each result as soon as it is known; `unhealed` counts those that are still damaged, except in a rehearsal.
 */
export async function healRepositories(
  settings: Settings,
  wanted: { readonly owner: string; readonly dirname: string; readonly chroot: string | null } | null,
  options: {
    readonly isRehearsal: boolean;
    readonly say: (healing: Healing) => void;
    readonly waits: (waitingFor: WaitReason) => void;
  },
): Promise<{ readonly looked: number; readonly unhealed: number }> {
  let looked = 0;
  let unhealed = 0;
  const look = async (open: OpenClient | null): Promise<void> => {
    for await (const repository of allChroots(createTreePaths(settings.destdir), wanted)) {
      if (wanted !== null && wanted.chroot !== null && repository.chroot !== wanted.chroot) continue;
      looked += 1;
      const tree = { destdir: settings.destdir, resultsBaseurl: settings.resultsBaseurl ?? '' };
      for (const damage of await findDamage(tree, repository)) {
        const healed =
          open === null ? { outcome: 'damaged' as const, failure: null } : await heal(open, repository, damage);
        if (healed.outcome === 'failed' || healed.outcome === 'held') unhealed += 1;
        options.say({ repository, devel: damage.devel, damage: damage.what, ...healed });
      }
    }
  };
  await (options.isRehearsal ? look(null) : withClient(settings, look));
  return { looked, unhealed };

  async function heal(
    open: OpenClient,
    repository: RepositoryId,
    { devel, appstream }: Damage,
  ): Promise<Pick<Healing, 'outcome' | 'failure'>> {
    if (!devel && (await isHeld(settings.destdir, repository))) return { outcome: 'held', failure: null };
    const change = repositoryChange('full', { devel, appstream });
    const failure = await requestRepository(open, {
      repository,
      change,
      storage: settings.storage,
      waits: options.waits,
    });
    if (failure === null) return { outcome: 'healed', failure: null };
    return { outcome: 'failed', failure: failureText(failure) };
  }
}

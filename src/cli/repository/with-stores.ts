import { openPulpStorage, type OpenPulpStorage } from '../../adapters/pulp-store/open-storage.js';
import type { PulpStorage } from '../../adapters/pulp-store/package-store.js';
import { openGenerations } from '../../adapters/repository-store/generations/generation-reader.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { StoreKind } from '../../contracts/store-kind.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { GenerationReader } from '../../ports/repository/generation-reader.js';
import type { HealedStores } from '../../starters/heal-repositories.js';
import { storeOfProject } from '../../starters/project-store.js';
import { readConfig, type Settings } from '../../starters/settings.js';
import { commandErrorOf } from '../port-failure.js';

/** The questions that commands ask the stores themselves. */
type OpenStores = HealedStores & {
  readonly generations: (repository: RepositoryId, store: StoreKind) => Promise<GenerationReader>;
};

/**
 * Runs a command that looks into both stores; `named`: the store that a person named for all repositories. Pulp is
 * opened when the first repository needs it. A failure of a store becomes the command's.
 */
export async function withStores<T>(
  settings: Settings,
  named: StoreKind | undefined,
  work: (stores: OpenStores) => Promise<T>,
): Promise<T> {
  const known = new Map<string, Promise<StoreKind>>();
  let opening: Promise<OpenPulpStorage> | undefined;

  async function atPulp(): Promise<PulpStorage> {
    const opened = await (opening ??= openPulpStorage(readConfig(settings.configFile)));
    if (opened.is === 'configured') return opened.storage;
    throw new PortFailure('PulpUnconfigured', `the project is in Pulp: ${opened.remedy}`);
  }

  function storeOf(repository: RepositoryId): Promise<StoreKind> {
    if (named !== undefined) return Promise.resolve(named);
    const project = `${repository.owner}/${repository.dirname}`;
    const store = known.get(project) ?? storeOfProject(settings, repository);
    known.set(project, store);
    return store;
  }

  try {
    return await work({
      storeOf,
      damageAtPulp: async (repository) => (await atPulp()).damage(repository),
      generations: async (repository, store) =>
        store === 'pulp'
          ? (await atPulp()).generations(repository)
          : openGenerations({ destdir: settings.destdir, resultsBaseurl: settings.resultsBaseurl ?? '' }, repository),
    });
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    throw commandErrorOf(error, failureText(error));
  } finally {
    const opened = await opening?.catch(() => undefined); // its failure was thrown where it was opened
    if (opened?.is === 'configured') opened.close();
  }
}

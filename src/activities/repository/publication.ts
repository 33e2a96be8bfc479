import { activityInfo } from '@temporalio/activity';
import type { PublishActivities } from '../../contracts/activities.js';
import type { ChangeLists, RepositoryRun } from '../../contracts/repository/repository.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { storeOf } from '../../contracts/store-kind.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { IndexerRun, RepositoryIndexer } from '../../ports/repository/repository-indexer.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { ownRun } from '../requester.js';

type Dependencies = Pick<ActivityDependencies, 'stores' | 'storageMove' | 'plans' | 'messages' | 'log'>;

/** A package that createrepo_c could not read in this many attempts is not just being written: it stays unreadable. */
const UNREADABLE_ATTEMPTS = 3;
/** Attempts that tell of an outage. */
const OUTAGE_TOLD = 3;

/** Publishes a directory's metadata, and executes an operator's commands on it. */
export function createPublishActivities(
  deps: Dependencies,
): Pick<PublishActivities, 'publishRepository' | 'operateRepository' | 'collectRepository'> {
  const { stores, storageMove, plans, messages, log } = deps;
  return {
    publishRepository: ({ repository, run }) =>
      withHeartbeat<{ step: string }, Awaited<ReturnType<RepositoryIndexer['publish']>>>(
        deps,
        async ({ signal, remember }) => {
          const onProgress = (step: string): void => remember({ step });
          const whole = await complete(repository, run);
          const { indexer } = stores[storeOf(run)];
          const published = await indexer
            .publish(repository, whole, { signal, onProgress })
            .catch(tellOutage)
            .catch(giveUpOnUnreadable);
          log.info({ repository, run, published }, 'repository published');
          for (const warning of published.warnings) log.warn({ repository, warning }, 'repository published, but');
          return published;
        },
      ),

    operateRepository: ({ repository, operation }) =>
      withHeartbeat<{ step: string }, Awaited<ReturnType<RepositoryIndexer['operate']>>>(
        deps,
        async ({ signal, remember }) => {
          const onProgress = (step: string): void => remember({ step });
          const options = { signal, onProgress };
          const operating =
            operation.kind === 'move'
              ? storageMove.step(repository, operation.step, options)
              : stores[storeOf(operation)].indexer.operate(repository, operation, options);
          const published = await operating.catch(tellOutage);
          log.info({ repository, operation, published }, 'repository operated');
          return published;
        },
      ),

    collectRepository: ({ repository, ...where }) =>
      withHeartbeat(deps, ({ signal }) => stores[storeOf(where)].indexer.collect(repository, { signal })),
  };

  /**
   * Workflows that wait for the publication show that Pulp is away; the first attempts say so, in case one is not
   * heard.
   */
  async function tellOutage(error: unknown): Promise<never> {
    if (error instanceof PortFailure && error.code === 'PulpUnavailable' && activityInfo().attempt <= OUTAGE_TOLD) {
      const waitingFor = { reason: 'Pulp', detail: `unavailable since ${new Date().toISOString()}` };
      // If Temporal does not answer, that must not hide the error: the next attempt tells again.
      await messages.storeUnavailable(ownRun(), waitingFor).catch((failure: unknown) => {
        if (!(failure instanceof PortFailure)) throw failure;
      });
    }
    throw error;
  }

  function giveUpOnUnreadable(error: unknown): never {
    const isForGood =
      error instanceof PortFailure &&
      error.code === 'PackageUnreadable' &&
      activityInfo().attempt >= UNREADABLE_ATTEMPTS;
    // Not a file that was missing for a moment: the same result after so many reads is final.
    throw isForGood ? new PortFailure(error.code, error.message, { retryable: false, cause: error }) : error;
  }

  /** The run, including the lists of its plan file. */
  async function complete(repository: RepositoryId, { plan, ...run }: RepositoryRun): Promise<IndexerRun> {
    if (plan === null) return run;
    const lists = await plans.read(repository, plan);
    const all = (name: keyof ChangeLists): readonly string[] => [...new Set([...run[name], ...lists[name]])].sort();
    return { ...run, add: all('add'), delete: all('delete'), removeRpms: all('removeRpms') };
  }
}

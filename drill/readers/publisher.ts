/** A publishing process that is killed in the middle of its work: one operation per message, an answer to each. */
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { RepositoryOperation } from '../../src/contracts/repository/repository.js';
import type { IndexerRun } from '../../src/ports/repository/repository-indexer.js';

/** A task for the publisher; `stopAt`: it kills itself when it reaches that step. */
export type PublisherTask = {
  readonly destdir: string;
  readonly graceHours: number;
  readonly repository: RepositoryId;
  readonly stopAt: string | null;
  /** Metadata is updated member by member, as for large repositories; otherwise createrepo_c makes all of it. */
  readonly byMembers: boolean;
} & ({ readonly run: IndexerRun } | { readonly operation: RepositoryOperation });

export type PublisherAnswer =
  { readonly revision: string; readonly collectAt: string | null } | { readonly failure: string };

process.on('message', (task: PublisherTask) => {
  const { destdir, graceHours, repository, stopAt, byMembers } = task;
  const indexer = createCreaterepoIndexer({
    ...{ destdir, graceHours, resultsBaseurl: 'http://127.0.0.1' },
    incremental: byMembers ? { leastBytes: 1, memberBytes: 8 * 1024 } : { leastBytes: Number.MAX_SAFE_INTEGER },
  });
  const onProgress = (step: string): void => {
    if (step === stopAt) process.kill(process.pid, 'SIGKILL');
  };
  const done =
    'run' in task
      ? indexer.publish(repository, task.run, { onProgress })
      : indexer.operate(repository, task.operation, { onProgress });
  done.then(
    ({ revision, collectAt }) => process.send?.({ revision, collectAt } satisfies PublisherAnswer),
    (error: unknown) => process.send?.({ failure: String(error) } satisfies PublisherAnswer),
  );
});

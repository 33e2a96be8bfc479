/** A publishing process that is killed in the middle of its work: one operation per message, an answer to each. */
import { createPulpIndexer } from '../../src/adapters/pulp-store/repository-indexer.js';
import { createPublishedMetadata } from '../../src/adapters/pulp-store/published-metadata.js';
import { createPulpClient } from '../../src/adapters/pulp/pulp-client.js';
import { pulpSettings } from '../../src/adapters/pulp/settings.js';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { GenerationOperation } from '../../src/contracts/repository/repository.js';
import type { IndexerRun, RepositoryIndexer } from '../../src/ports/repository/repository-indexer.js';

/** How a Pulp is reached. */
export type PulpAccess = {
  readonly url: string;
  readonly contentUrl: string;
  readonly username: string;
  readonly password: string;
};

/** A task for the publisher; `stopAt`: it kills itself when it reaches that step. */
export type PublisherTask = {
  readonly destdir: string;
  readonly graceHours: number;
  readonly repository: RepositoryId;
  /** The Pulp that has the repository; null: the tree has it. */
  readonly pulp: PulpAccess | null;
  readonly stopAt: string | null;
  /** Metadata is updated member by member, as for large repositories; otherwise createrepo_c makes all of it. */
  readonly byMembers: boolean;
} & ({ readonly run: IndexerRun } | { readonly operation: GenerationOperation });

export type PublisherAnswer =
  { readonly revision: string; readonly collectAt: string | null } | { readonly failure: string };

let known: RepositoryIndexer | null = null;

/** Of the tree, one for each task; of Pulp, one for the life of this process, as in a worker. */
async function indexerFor({ destdir, graceHours, byMembers, pulp }: PublisherTask): Promise<RepositoryIndexer> {
  if (pulp === null)
    return createCreaterepoIndexer({
      ...{ destdir, graceHours, resultsBaseurl: 'http://127.0.0.1' },
      incremental: byMembers ? { leastBytes: 1, memberBytes: 8 * 1024 } : { leastBytes: Number.MAX_SAFE_INTEGER },
    });
  const { url, contentUrl, username, password } = pulp;
  const settings = pulpSettings({ base_url: url, username, password }, 'the drill');
  known ??= createPulpIndexer({
    ...{ destdir, graceHours, client: await createPulpClient(settings) },
    published: createPublishedMetadata(contentUrl),
    // The drill's readers come by the playground's web server.
    redirects: { add: () => Promise.resolve(), remove: () => Promise.resolve() },
  });
  return known;
}

async function execute(task: PublisherTask): Promise<PublisherAnswer> {
  const { repository, stopAt } = task;
  const indexer = await indexerFor(task);
  const onProgress = (step: string): void => {
    if (step === stopAt || step.startsWith(`${stopAt ?? ''} `)) process.kill(process.pid, 'SIGKILL');
  };
  const { revision, collectAt } = await ('run' in task
    ? indexer.publish(repository, task.run, { onProgress })
    : indexer.operate(repository, task.operation, { onProgress }));
  return { revision, collectAt };
}

process.on('message', (task: PublisherTask) => {
  execute(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ failure: String(error) } satisfies PublisherAnswer),
  );
});

import { createHash } from 'node:crypto';
import path from 'node:path';
import { createPulpIndexer, type PulpIndexerDeps } from '../../src/adapters/pulp-store/repository-indexer.js';
import { createPublishedMetadata, type PublishedMetadata } from '../../src/adapters/pulp-store/published-metadata.js';
import { createRedirectFile } from '../../src/adapters/pulp-store/redirect-file.js';
import type { PulpContent } from '../../src/adapters/pulp/pulp-client.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { RepositoryIndexer } from '../../src/ports/repository/repository-indexer.js';
import { givenPulp, type GivenPulp } from './given-pulp.js';

export type GivenPulpIndexer = {
  readonly given: GivenPulp;
  readonly indexer: RepositoryIndexer;
  readonly client: PulpContent;
  readonly metadata: PublishedMetadata;
  /** File names of the packages that a client finds in the published metadata and can download, with their sha256. */
  readonly published: (repository: RepositoryId, devel?: boolean) => Promise<Readonly<Record<string, string>>>;
  readonly close: () => Promise<void>;
};

/** Repositories at the real Pulp of the run, with results below `destdir`. */
export async function givenPulpIndexer(
  destdir: string,
  changes: Partial<PulpIndexerDeps> = {},
): Promise<GivenPulpIndexer> {
  const given = await givenPulp();
  const redirects = createRedirectFile(path.join(destdir, '..', 'pulp-redirect.txt'));
  const metadata = createPublishedMetadata(given.server.contentUrl);
  const client = { packages: given.packages, repositories: given.repositories };
  return {
    ...{ given, client, metadata },
    indexer: createPulpIndexer({ destdir, client, published: metadata, graceHours: 1, redirects, ...changes }),
    published: async ({ owner, dirname, chroot }, devel = false) => {
      const basePath = `${owner}/${dirname}/${chroot}${devel ? '-devel' : ''}`;
      const found: Record<string, string> = {};
      for (const href of (await metadata.read(basePath))?.keys() ?? []) {
        const answer = await fetch(`${given.server.contentUrl}${basePath}/${href}`);
        const body = Buffer.from(await answer.arrayBuffer());
        found[href.split('/').at(-1) ?? ''] = createHash('sha256').update(body).digest('hex');
      }
      return found;
    },
    close: async () => {
      metadata.close();
      await given.close();
    },
  };
}

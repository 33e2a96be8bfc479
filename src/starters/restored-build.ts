import { isAtPulp } from '../adapters/file-tree/at-pulp.js';
import { createTreePaths } from '../adapters/file-tree/paths.js';
import { createWorkflowMessages } from '../adapters/temporal/workflow-messages.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { RepositoryId } from '../contracts/names/ids.js';
import { repositoryChange, type RepositoryChange } from '../contracts/repository/repository.js';
import { inStore } from '../contracts/store-kind.js';
import { withClient } from './connect.js';
import type { Settings } from './settings.js';

type Build = { readonly repository: RepositoryId; readonly directory: string };

/** What publishes a restored build in the store that has the packages of its chroot. */
export async function changeOfRestored(destdir: string, { repository, directory }: Build): Promise<RepositoryChange> {
  const isPulp = await isAtPulp(createTreePaths(destdir).chroot(repository), [directory]);
  return repositoryChange('change', { add: [directory], ...inStore(isPulp ? 'pulp' : 'tree') });
}

/** Asks the repository of a build that was restored from the trash to publish it; does not wait for the end. */
export function publishRestored(settings: Settings, build: Build): Promise<void> {
  const { repository, directory } = build;
  return withClient(settings, async ({ client }) => {
    const messages = createWorkflowMessages({ client, storage: settings.storage, durations: DEFAULT_DURATIONS });
    try {
      const requestId = `trash restore ${directory} ${new Date().toISOString()}`;
      const change = await changeOfRestored(settings.destdir, build);
      await messages.requestChange(repository, { requestId, workflowId: 'trash-restore', runId: '', change });
    } finally {
      messages.close();
    }
  });
}

import { createWorkflowMessages } from '../adapters/temporal/workflow-messages.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { RepositoryId } from '../contracts/names/ids.js';
import { repositoryChange } from '../contracts/repository/repository.js';
import { inStore, type StoreKind } from '../contracts/store-kind.js';
import { withClient } from './connect.js';
import type { Settings } from './settings.js';

/** Asks the repository of a build that was restored from the trash to publish it; does not wait for the end. */
export function publishRestored(
  settings: Settings,
  build: { readonly repository: RepositoryId; readonly directory: string; readonly store: StoreKind },
): Promise<void> {
  const { repository, directory, store } = build;
  return withClient(settings, async ({ client }) => {
    const messages = createWorkflowMessages({ client, storage: settings.storage, durations: DEFAULT_DURATIONS });
    try {
      const requestId = `trash restore ${directory} ${new Date().toISOString()}`;
      const change = repositoryChange('change', { add: [directory], ...inStore(store) });
      await messages.requestChange(repository, { requestId, workflowId: 'trash-restore', runId: '', change });
    } finally {
      messages.close();
    }
  });
}

import { createWorkflowMessages } from '../adapters/temporal/workflow-messages.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { RepositoryId } from '../contracts/names/ids.js';
import { repositoryChange } from '../contracts/repository/repository.js';
import { withClient } from './connect.js';
import type { Settings } from './settings.js';

/** Asks the repository of a build that was restored from the trash to publish it; does not wait for the end. */
export function publishRestored(
  settings: Settings,
  build: { readonly repository: RepositoryId; readonly directory: string },
): Promise<void> {
  const { repository, directory } = build;
  return withClient(settings, async ({ client }) => {
    const messages = createWorkflowMessages({ client, storage: settings.storage, durations: DEFAULT_DURATIONS });
    try {
      const requestId = `trash restore ${directory} ${new Date().toISOString()}`;
      const change = repositoryChange('change', { add: [directory] });
      await messages.requestChange(repository, { requestId, workflowId: 'trash-restore', runId: '', change });
    } finally {
      messages.close();
    }
  });
}

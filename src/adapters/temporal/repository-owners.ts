import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { cutToFit } from '../../contracts/bounded-text.js';
import type { Durations } from '../../contracts/durations.js';
import { repositoryRequestWorkflowId } from '../../contracts/names/ids.js';
import { WORKFLOW_QUEUE } from '../../contracts/names/task-queues.js';
import { repositoryChange } from '../../contracts/repository/repository.js';
import type { RepositoryOwners } from '../../ports/maintenance/reconciliation.js';
import { startWorkflow } from './start-workflow.js';

/** Asks the workflows that own repositories, by a request that has a workflow of its own. */
export function createRepositoryOwners(deps: {
  readonly client: Client;
  readonly storage: string;
  readonly durations: Durations;
}): RepositoryOwners {
  const { client, storage, durations } = deps;
  return {
    remake: async (repository, { devel, appstream }) => {
      const { owner, dirname, chroot } = repository;
      await startWorkflow(client, 'repositoryRequest', {
        workflowId: repositoryRequestWorkflowId(randomUUID()),
        taskQueue: WORKFLOW_QUEUE,
        input: { repository, change: repositoryChange('full', { devel, appstream }), storage, durations },
        staticSummary: cutToFit(`makes the metadata of ${owner}/${dirname}/${chroot} again`),
      });
    },
  };
}

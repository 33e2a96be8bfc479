import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { startWorkflow } from '../adapters/temporal/start-workflow.js';
import type { WaitReason } from '../contracts/build/build.js';
import { cutToFit } from '../contracts/bounded-text.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import { repositoryRequestWorkflowId, type RepositoryId } from '../contracts/names/ids.js';
import type { RepositoryRequestInput } from '../contracts/inputs.js';
import { requestStatusQuery } from '../contracts/messages.js';
import type { RepositoryCommand } from '../contracts/repository/repository.js';
import { WORKFLOW_QUEUE } from '../contracts/names/task-queues.js';
import type { OpenClient } from './connect.js';

const LOOK_MS = 3000;

/**
 * Sends a request to a repository and waits until clients can see the change; returns null, or why it failed. `waits`
 * is called with the reason of a longer wait, once for each reason. The request outlives this process.
 */
export async function requestRepository(
  open: OpenClient,
  request: {
    readonly repository: RepositoryId;
    readonly change: RepositoryCommand;
    readonly storage: string;
    readonly waits: (waitingFor: WaitReason) => void;
  },
): Promise<FailureFact | null> {
  const { repository, change, storage } = request;
  const input: RepositoryRequestInput = { repository, change, storage, durations: DEFAULT_DURATIONS };
  const handle = await startWorkflow(open.client, 'repositoryRequest', {
    workflowId: repositoryRequestWorkflowId(randomUUID()),
    taskQueue: WORKFLOW_QUEUE,
    input,
    staticSummary: cutToFit(`${change.kind} ${repository.owner}/${repository.dirname}/${repository.chroot}`),
  });
  const stop = new AbortController();
  const watching = watch();
  try {
    return await handle.result();
  } finally {
    stop.abort();
    await watching;
  }

  async function watch(): Promise<void> {
    let heard = '';
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return;
      // If it cannot answer, for whatever reason, the result is still waited for.
      const status = await handle.query(requestStatusQuery).catch(() => null);
      const waitingFor: WaitReason = status?.waitingFor ?? {
        reason: 'a worker',
        detail: 'copr-backend worker build or all',
      };
      const now = `${waitingFor.reason} ${waitingFor.detail}`;
      if (now !== heard) request.waits(waitingFor);
      heard = now;
    }
  }
}

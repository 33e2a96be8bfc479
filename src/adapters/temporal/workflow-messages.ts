import { type Client, isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { cutToFit } from '../../contracts/bounded-text.js';
import type { Durations } from '../../contracts/durations.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID, projectStart, repositoryStart } from '../../contracts/names/ids.js';
import type { ProjectInput, RepositoryInput } from '../../contracts/inputs.js';
import {
  changeRequestedSignal,
  dispatchViewQuery,
  projectWorkRequestedSignal,
  storeUnavailableSignal,
  taskEndedSignal,
  ticketTakenSignal,
} from '../../contracts/messages.js';
import { searchAttributes } from '../../contracts/search-attributes.js';
import { unpackView } from '../../domain/dispatch/packed-tasks.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { WorkflowMessages } from '../../ports/workflow-messages.js';
import { ENTITY_START } from './entity-start.js';
import { signalWithStartWorkflow } from './start-workflow.js';
import { isOpenStatus } from './open-workflows.js';

/** How often the server is pinged; after silence longer than a heartbeat timeout, long activities stop their work. */
const PING_MS = 5000;

/** `WorkflowMessages` over a Temporal client. `close` ends the ping. */
export function createWorkflowMessages(deps: {
  readonly client: Client;
  readonly storage: string;
  readonly durations: Durations;
}): WorkflowMessages & { readonly close: () => void } {
  const { client, storage, durations } = deps;
  // Not the time of day: if that were set back, a worker that is cut off would continue beside the one that has taken
  // its work.
  let heard = performance.now();
  const ping = setInterval(() => {
    client.connection.workflowService.getSystemInfo({}).then(
      () => (heard = performance.now()),
      () => undefined, // only silence is measured
    );
  }, PING_MS);
  ping.unref();

  return {
    close: () => clearInterval(ping),
    silentForMs: () => performance.now() - heard,

    dispatchView: (of) =>
      unlessGone(
        async () => unpackView(await client.workflow.getHandle(dispatcherId(of)).query(dispatchViewQuery)),
        null,
      ),

    taskEnded: (of, end) =>
      unlessGone(() => client.workflow.getHandle(dispatcherId(of)).signal(taskEndedSignal, end), undefined),

    ticketTaken: (run, ticket) =>
      unlessGone(
        () => client.workflow.getHandle(run.workflowId, run.runId).signal(ticketTakenSignal, ticket),
        undefined,
      ),

    storeUnavailable: (run, waitingFor) =>
      unlessGone(
        () => client.workflow.getHandle(run.workflowId, run.runId).signal(storeUnavailableSignal, { waitingFor }),
        undefined,
      ),

    async requestChange(repository, request) {
      const input: RepositoryInput = { repository, storage, durations, carried: null };
      await delivered(
        signalWithStartWorkflow(client, 'repository', {
          ...repositoryStart(repository),
          ...ENTITY_START,
          input,
          signal: changeRequestedSignal,
          said: request,
          typedSearchAttributes: searchAttributes({ owner: repository.owner, chroot: repository.chroot }),
          staticSummary: cutToFit(`metadata of ${repository.owner}/${repository.dirname}/${repository.chroot}`),
        }),
      );
    },

    async requestProjectWork(project, request) {
      const input: ProjectInput = { project, storage, durations, carried: null };
      await delivered(
        signalWithStartWorkflow(client, 'project', {
          ...projectStart(project),
          ...ENTITY_START,
          input,
          signal: projectWorkRequestedSignal,
          said: request,
          typedSearchAttributes: searchAttributes(project),
          staticSummary: cutToFit(`project ${project.owner}/${project.project}`),
        }),
      );
    },

    async isOpen(workflowId, runId) {
      return unlessGone(async () => {
        const { status } = await client.workflow.getHandle(workflowId, runId).describe();
        return isOpenStatus(status.name);
      }, false);
    },
  };
}

function dispatcherId(of: 'builds' | 'actions'): string {
  return of === 'builds' ? BUILD_DISPATCHER_ID : ACTION_DISPATCHER_ID;
}

async function unlessGone<T>(call: () => Promise<T>, gone: T): Promise<T> {
  try {
    return await delivered(call());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return gone;
    throw error;
  }
}

/**
 * A server that does not answer, or answers with an error, is not a defect but a matter for the operator: the work
 * waits for it.
 */
export async function delivered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || !(error instanceof Error)) throw error;
    if (!(error instanceof ServiceError) && !isGrpcServiceError(error)) throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw new PortFailure('TemporalUnavailable', `Temporal: ${error.message}${cause}`, {
      cause: error,
    });
  }
}

import { type Client, WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { buildStatusQuery } from '../../contracts/messages.js';
import type { TicketNote, TicketOwners } from '../../ports/build/ticket-notes.js';
import { isOpenStatus } from './open-workflows.js';

const DEADLINE_MS = 15_000;

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** `TicketOwners` over Temporal: asks a running build for its ticket, once the activity that took it has ended. */
export function createTicketOwners(client: Client): TicketOwners {
  return {
    ownership: ({ claim, ticket }) =>
      client.withDeadline(Date.now() + DEADLINE_MS, async () => {
        const run = await describe(client, claim.workflowId, claim.runId);
        // A reset run continues as another run, with the same tickets.
        if (run === null) return (await ticketOf(client, claim.workflowId)) === ticket ? 'owned' : 'unowned';
        const pending = run.raw.pendingActivities?.find(({ activityId }) => activityId === claim.activityId);
        if (pending !== undefined) return heldBy(pending, ticket);
        const own = await ticketOf(client, claim.workflowId, claim.runId);
        if (own === undefined) return 'undecided';
        return own === ticket ? 'owned' : 'unowned';
      }),
  };

  /** An attempt that knows of a ticket takes no other. */
  function heldBy(pending: Pending, ticket: TicketNote['ticket']): 'owned' | 'unowned' | 'undecided' {
    const remembered = rememberedTicket(pending);
    if (remembered === null) return 'undecided';
    return remembered === ticket ? 'owned' : 'unowned';
  }
}

/** Null: it has ended, or Temporal does not know it. */
async function describe(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    const found = await client.workflow.getHandle(workflowId, runId).describe();
    return isOpenStatus(found.status.name) ? found : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The ticket of a running build; undefined if it is not running. Rejects if it does not answer. */
async function ticketOf(client: Client, workflowId: string, runId?: string): Promise<number | null | undefined> {
  if ((await describe(client, workflowId, runId)) === null) return undefined;
  const { ticket } = await client.workflow.getHandle(workflowId, runId).query(buildStatusQuery);
  return ticket;
}

/** The ticket in the activity's heartbeats (activities/builders.ts). */
export function rememberedTicket({ heartbeatDetails }: Pick<Pending, 'heartbeatDetails'>): number | null {
  const payload = heartbeatDetails?.payloads?.[0];
  if (payload === undefined) return null;
  const details = defaultPayloadConverter.fromPayload<{ readonly ticket?: unknown } | null>(payload);
  return typeof details?.ticket === 'number' ? details.ticket : null;
}

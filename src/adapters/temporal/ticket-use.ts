import { QueryNotRegisteredError, type Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import pMap from 'p-map';
import { buildStatusQuery } from '../../contracts/messages.js';
import type { TicketNote, TicketOwners } from '../../ports/build/ticket-notes.js';
import type { TicketUse } from '../../ports/maintenance/tickets.js';
import { IS_OPEN, isOpenStatus } from './open-workflows.js';
import { rememberedTicket } from './ticket-owners.js';

const LIST_MS = 60_000;
const BUILD_MS = 8000;
const AT_ONCE = 8;
/** The activities that take tickets (contracts/activities.ts). */
const TAKING: ReadonlySet<string> = new Set(['acquireBuilder', 'exchangeBuilder']);

type Seen = { readonly tickets: readonly number[]; readonly state: 'known' | 'silent' | 'taking' };

/** `TicketUse` from the open build workflows, and from what this host noted about the tickets it took. */
export function createTicketUse(deps: {
  readonly client: Client;
  readonly owners: TicketOwners;
  /** Tickets that this host took and has not closed. */
  readonly notes: () => Promise<readonly TicketNote[]>;
}): TicketUse {
  const { client, owners } = deps;
  return {
    look: async () => {
      const open = await client.withDeadline(Date.now() + LIST_MS, () => openBuilds(client));
      const seen = await pMap(open, async (id) => ({ id, ...(await see(client, id)) }), { concurrency: AT_ONCE });
      return {
        used: new Set(seen.flatMap(({ tickets }) => tickets)),
        silent: seen.filter(({ state }) => state === 'silent').map(({ id }) => id),
        taking: seen.filter(({ state }) => state === 'taking').map(({ id }) => id),
      };
    },
    neededOf: async (tickets) => {
      const asked = new Set(tickets);
      const noted = (await deps.notes()).filter(({ ticket }) => asked.has(ticket));
      const needed = await pMap(
        noted,
        async (note) => ((await owners.ownership(note)) === 'unowned' ? [] : [note.ticket]),
        {
          concurrency: AT_ONCE,
        },
      );
      return new Set(needed.flat());
    },
  };
}

async function openBuilds(client: Client): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = "build" AND ${IS_OPEN}` }))
    ids.push(workflowId);
  return ids;
}

/** The tickets that one build knows; a build that has ended meanwhile has given back its tickets. */
async function see(client: Client, workflowId: string): Promise<Seen> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await client.withDeadline(Date.now() + BUILD_MS, async () => {
      const description = await handle.describe();
      if (!isOpenStatus(description.status.name)) return { tickets: [], state: 'known' };
      const taking = (description.raw.pendingActivities ?? []).filter(({ activityType }) =>
        TAKING.has(activityType?.name ?? ''),
      );
      const remembered = taking.map(rememberedTicket);
      const { ticket, earlierTickets = [] } = await handle.query(buildStatusQuery);
      const tickets = [ticket, ...earlierTickets, ...remembered].filter((one) => one !== null);
      const isTaking = taking.some((activity, index) => remembered[index] === null && !isAnswered(activity, ticket));
      return { tickets, state: isTaking ? 'taking' : 'known' };
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { tickets: [], state: 'known' };
    // Not begun, so it has taken none.
    if (error instanceof QueryNotRegisteredError) return { tickets: [], state: 'known' };
    return { tickets: [], state: 'silent' };
  }
}

/** An acquisition whose signal has arrived: the server has its heartbeat a little later. */
function isAnswered(
  { activityType }: { readonly activityType?: { readonly name?: string | null } | null },
  ticket: number | null,
): boolean {
  return activityType?.name === 'acquireBuilder' && ticket !== null;
}

import { createBuildsUnderWay } from '../adapters/temporal/builds-under-way.js';
import { createChrootWork } from '../adapters/temporal/chroot-work.js';
import { createTicketOwners } from '../adapters/temporal/ticket-owners.js';
import { createTicketUse } from '../adapters/temporal/ticket-use.js';
import { readNotes } from '../adapters/ticket-clerk/read-notes.js';
import type { BuildsUnderWay } from '../ports/maintenance/builds-under-way.js';
import type { ChrootWork } from '../ports/maintenance/chroot-work.js';
import type { TicketUse } from '../ports/maintenance/tickets.js';
import type { OpenClient } from './connect.js';

/** The builds that have not ended. */
export function buildsUnderWay({ client }: OpenClient): BuildsUnderWay {
  return createBuildsUnderWay(client);
}

/** Who uses chroot directories. */
export function chrootWork({ client }: OpenClient): ChrootWork {
  return createChrootWork(client);
}

/** Which Resalloc tickets the builds have; `stateDir` has the notes of this host. */
export function ticketUse({ client }: OpenClient, stateDir: string): TicketUse {
  const notes = async (): ReturnType<Parameters<typeof createTicketUse>[0]['notes']> =>
    (await readNotes(stateDir)).taken;
  return createTicketUse({ client, owners: createTicketOwners(client), notes });
}

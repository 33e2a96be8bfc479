import { PortFailure } from '../../ports/port-failure.js';

/** The failure when the clerk cannot work, so no ticket is taken; `why` says what is wrong and what to do. */
export function clerkTrouble(why: string, cause?: unknown): PortFailure {
  const message = `no ticket is taken without the ticket clerk of this host: ${why}`;
  return new PortFailure('TicketClerkUnavailable', message, {
    ...(cause === undefined ? {} : { cause }),
  });
}

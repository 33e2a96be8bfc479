import type { SuspectTickets } from '../ports/build/ticket-notes.js';

const NAMED_IN_WARNING = 5;

/** Tickets that may be open without an owner, as last reported to this process. */
export class TicketHealth {
  #tickets: readonly number[] = [];

  readonly seen = ({ tickets }: SuspectTickets): void => {
    this.#tickets = tickets;
  };

  count(): number {
    return this.#tickets.length;
  }

  /** One line that names some of them; none while there are none. */
  warnings(): readonly string[] {
    if (this.#tickets.length === 0) return [];
    const more = this.#tickets.length > NAMED_IN_WARNING ? ` and ${this.#tickets.length - NAMED_IN_WARNING} more` : '';
    const names = this.#tickets.slice(0, NAMED_IN_WARNING).join(', ');
    return [`Resalloc tickets may be open without an owner: ${names}${more}: \`copr-backend status\` says what to do`];
  }
}

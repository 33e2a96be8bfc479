import type { Resalloc } from '../../../src/adapters/resalloc-xmlrpc/builder-pool.js';

/** A Resalloc in memory, whose calls can be made to wait or to fail. */
export type GivenResalloc = Omit<Resalloc, 'take'> & {
  take: Resalloc['take'];
  readonly open: () => readonly number[];
  readonly takes: () => number;
  /** Takes a ticket for somebody else. */
  readonly takeElsewhere: () => number;
  /** The next takes do this once the ticket is there; undefined: they answer. */
  afterTake: ((ticket: number) => Promise<void>) | undefined;
};

export function givenResalloc(): GivenResalloc {
  let last = 0;
  let takes = 0;
  const open = new Set<number>();
  const give = (): number => {
    last += 1;
    open.add(last);
    return last;
  };
  return {
    open: () => [...open],
    takes: () => takes,
    takeElsewhere: give,
    afterTake: undefined,
    async take() {
      takes += 1;
      const ticket = give();
      await this.afterTake?.(ticket);
      return ticket;
    },
    collect: (ticket) => {
      if (open.has(ticket)) return Promise.resolve({ state: 'waiting' });
      return Promise.resolve(ticket > last ? { state: 'vanished' } : { state: 'closed' });
    },
    close: (ticket) => {
      open.delete(ticket);
      return Promise.resolve();
    },
  };
}

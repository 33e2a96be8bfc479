import assert from 'node:assert/strict';
import type { SuspectTickets, TicketNote, TicketOwners } from '../../src/ports/build/ticket-notes.js';
import { closeUnownedTickets } from '../../src/workers/close-unowned-tickets.js';

const note = (ticket: number): TicketNote => ({
  ticket,
  claim: { workflowId: `build/${ticket}`, runId: 'run', activityId: '5' },
});

describe('closeUnownedTickets', () => {
  /** One look at these notes; resolves with what was closed, logged and seen. */
  async function look(given: {
    readonly notes: readonly TicketNote[];
    readonly ownership: TicketOwners['ownership'];
    readonly suspects?: readonly number[];
    readonly close?: (ticket: number) => Promise<void>;
  }): Promise<{
    readonly closed: readonly number[];
    readonly lines: readonly string[];
    readonly seen: SuspectTickets;
  }> {
    const closed: number[] = [];
    const lines: string[] = [];
    let seen: SuspectTickets = { tickets: [], isCut: false };
    const say = (_: object, text: string): void => void lines.push(text);
    const end = closeUnownedTickets({
      notes: {
        due: () => Promise.resolve({ notes: given.notes, suspects: { tickets: given.suspects ?? [], isCut: false } }),
      },
      owners: { ownership: given.ownership },
      pool: {
        close: async (ticket) => {
          await given.close?.(ticket);
          closed.push(ticket);
        },
      },
      seen: (suspects) => (seen = suspects),
      log: { info: say, warn: say },
    });
    await new Promise(setImmediate); // the look of the start is under way; its end is waited for
    await end();
    return { closed, lines, seen };
  }

  it('closes tickets that nobody has, and leaves the others alone', async () => {
    const states = ['owned', 'unowned', 'undecided'] as const;
    const { closed } = await look({
      notes: [note(0), note(1), note(2)],
      ownership: ({ ticket }) => Promise.resolve(states[ticket] ?? 'owned'),
    });
    assert.deepEqual(closed, [1]);
  });

  it('goes on with the next one when a build does not answer, or a ticket cannot be closed', async () => {
    const { closed, lines } = await look({
      notes: [note(1), note(2), note(3)],
      ownership: ({ ticket }) => (ticket === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve('unowned')),
      close: (ticket) => (ticket === 2 ? Promise.reject(new Error('Resalloc is down')) : Promise.resolve()),
    });
    assert.deepEqual(closed, [3]);
    assert.equal(lines.filter((line) => line === 'the owner of this ticket will be asked for again').length, 2);
  });

  it('names the tickets that may be lost, for its metric and once in the log', async () => {
    const { seen, lines } = await look({ notes: [], ownership: () => Promise.resolve('owned'), suspects: [7, 9] });
    assert.deepEqual(seen.tickets, [7, 9]);
    assert.deepEqual(lines, ['tickets may be open without an owner: `copr-backend status` says what to do']);
  });
});

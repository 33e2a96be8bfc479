import assert from 'node:assert/strict';
import { createOpenTickets } from '../../../src/adapters/resalloc-xmlrpc/open-tickets.js';
import type { TicketState } from '../../../src/ports/build/builder-pool.js';

describe('the open tickets of a Resalloc that cannot list them', () => {
  it('are found around the ids that are known, up to the highest', async () => {
    const asked: number[] = [];
    const states = new Map<number, TicketState>([
      [800, { state: 'waiting' }],
      [950, { state: 'closed' }],
      [1000, { state: 'ready', output: 'a builder' }],
      [1040, { state: 'failed', hadBuilder: true }],
      [1200, { state: 'waiting' }],
    ]);
    const collect = (ticket: number): Promise<TicketState> => {
      asked.push(ticket);
      return Promise.resolve(states.get(ticket) ?? { state: 'vanished' });
    };
    const tickets = createOpenTickets({
      ...{ resalloc: { collect }, lookBack: 100 },
      noted: () => Promise.resolve([1200]),
    });
    assert.deepEqual(await tickets.list([1000], new AbortController().signal), [1000, 1040, 1200]);
    assert.equal(Math.min(...asked), 900, 'as far back as asked for');
    assert.ok(Math.max(...asked) >= 1250, 'beyond the highest that is known');
  });

  it('are found among millions by a host that knows no id yet, without asking for each', async () => {
    const highest = 3_000_017;
    let asked = 0;
    const collect = (ticket: number): Promise<TicketState> => {
      asked += 1;
      assert.ok(asked < 5000, 'it asks for far too many');
      if (ticket > highest) return Promise.resolve({ state: 'vanished' });
      return Promise.resolve({ state: ticket === highest - 900 || ticket === highest ? 'waiting' : 'closed' });
    };
    const tickets = createOpenTickets({ resalloc: { collect }, noted: () => Promise.resolve([]) });
    assert.deepEqual(await tickets.list([], new AbortController().signal), [highest - 900, highest]);
  });

  it('are none where Resalloc has never had one', async () => {
    const tickets = createOpenTickets({
      resalloc: { collect: () => Promise.resolve({ state: 'vanished' }) },
      noted: () => Promise.resolve([]),
    });
    assert.deepEqual(await tickets.list([], new AbortController().signal), []);
  });
});

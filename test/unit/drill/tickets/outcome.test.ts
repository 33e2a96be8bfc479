import assert from 'node:assert/strict';
import { shortfalls, type TicketsOutcome } from '../../../../drill/tickets/outcome.js';

const GOOD: TicketsOutcome = {
  ...{ kills: 4, at: { answered: 2, told: 2 }, taken: 10, leaked: 0, leakedTickets: [] },
  ...{ builds: 10, succeeded: 10 },
};

describe('the outcome of kills in the middle of taking a ticket', () => {
  it('is met by builds that all succeed and leave no ticket', () => {
    assert.deepEqual(shortfalls(GOOD, 4), []);
  });

  it('is not met by a ticket that no build has, a failed build, or too few kills', () => {
    const bad = { ...GOOD, leaked: 1, leakedTickets: [7], succeeded: 9 };
    assert.deepEqual(shortfalls(bad, 5), [
      '4 of 5 kills fell into a takeTicket',
      '1 tickets are open that no build has',
      '1 builds did not succeed',
    ]);
  });
});

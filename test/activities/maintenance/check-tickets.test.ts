import assert from 'node:assert/strict';
import { checkTickets } from '../../../src/activities/maintenance/check-tickets.js';
import type { TicketUse } from '../../../src/ports/maintenance/tickets.js';

type Look = Partial<Record<'used' | 'silent' | 'taking', readonly (number | string)[]>>;

/** The lines and troubles of a round in which each look sees the next of `looks`, and the last one from then on. */
async function round(
  open: readonly number[],
  looks: readonly Look[],
  needed: readonly number[] = [],
): Promise<{ readonly lines: readonly string[]; readonly troubles: readonly string[] }> {
  const lines: string[] = [];
  const left = [...looks];
  const use: TicketUse = {
    look: () => {
      const { used = [], silent = [], taking = [] } = (left.length > 1 ? left.shift() : left[0]) ?? {};
      return Promise.resolve({
        ...{ used: new Set(used.map(Number)), silent: silent.map(String), taking: taking.map(String) },
      });
    },
    neededOf: () => Promise.resolve(new Set(needed)),
  };
  const resalloc = { list: () => Promise.resolve(open) };
  const job = checkTickets({ resalloc, use, tell: (line) => lines.push(line), pauseMs: 0 });
  const { troubles } = await job({ signal: new AbortController().signal, progress: () => undefined, dryRun: false });
  return { lines, troubles };
}

describe('checkTickets', () => {
  it('tells tickets that are safe to close from those that need a look', async () => {
    const { lines, troubles } = await round([3, 5, 7, 9], [{ used: [7] }]);
    assert.deepEqual(lines, [
      '# older than any ticket in use; safe to close:',
      ...['resalloc ticket-close 3', 'resalloc ticket-close 5'],
      '# too recent to close without a look:',
      'resalloc ticket-check 9',
    ]);
    assert.deepEqual(troubles, []);
  });

  it('says that there are none, and without a used one closes none', async () => {
    assert.deepEqual((await round([], [{}])).lines, ['no tickets taken']);
    assert.deepEqual((await round([3], [{}])).lines, [
      'no tickets used by copr-backend',
      ...['# too recent to close without a look:', 'resalloc ticket-check 3'],
    ]);
  });

  it('names none while a build does not answer or is just taking one, and says which', async () => {
    const silent = await round([3, 4], [{ used: [4], silent: ['build/7'] }]);
    assert.deepEqual([silent.lines, silent.troubles.length], [[], 1]);
    assert.match(silent.troubles[0] ?? '', /^build\/7 does not answer/);
    const taking = await round([3, 4], [{ used: [4], taking: ['build/8'] }]);
    assert.deepEqual([taking.lines, taking.troubles.length], [[], 1]);
  });

  it('waits for a build that is just taking a ticket, and counts tickets of both looks and of this host', async () => {
    const { lines } = await round([3, 4, 5], [{ used: [3] }, { taking: ['build/8'] }, { used: [4] }], [5]);
    assert.deepEqual(lines, []);
  });
});

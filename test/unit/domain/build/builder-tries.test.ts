import assert from 'node:assert/strict';
import type { FailureFact } from '../../../../src/contracts/failures/failure-codes.js';
import { BuilderTries } from '../../../../src/domain/build/builder-tries.js';
import { BUILDER } from '../../../support/fake-activities.js';

const LOST: FailureFact = { code: 'BuilderLost', message: 'gone' };
const UNUSABLE: FailureFact = { code: 'TicketUnusable', message: 'the ticket failed' };

/** An attempt on that machine that ends so. */
function attempt(tries: BuilderTries, machine: string | null, failure: FailureFact): FailureFact | null {
  tries.begin();
  if (machine !== null) tries.takeBuilder({ ...BUILDER, host: machine, name: machine });
  return tries.fail(failure);
}

describe('BuilderTries', () => {
  it('begins each attempt with nothing in its hands', () => {
    const tries = new BuilderTries();
    assert.deepEqual([tries.attempt, tries.ticket, tries.builder], [0, null, null]);
    tries.begin();
    tries.takeTicket(16);
    tries.takeTicket(17);
    tries.takeBuilder(BUILDER);
    assert.deepEqual([tries.attempt, tries.ticket, tries.builder], [1, 17, BUILDER]);
    tries.begin();
    assert.deepEqual([tries.attempt, tries.ticket, tries.builder], [2, null, null]);
  });

  it('gives up after three machines, and names them', () => {
    const tries = new BuilderTries();
    assert.equal(attempt(tries, 'one', LOST), null);
    assert.equal(attempt(tries, 'one', LOST), null);
    assert.equal(attempt(tries, 'two', LOST), null);
    assert.deepEqual(tries.failedOn, ['one', 'two']);
    const givenUp = attempt(tries, 'three', LOST);
    assert.equal(givenUp?.code, 'BuildersExhausted');
    assert.match(givenUp.message, /^gave up after 4 builders \(one.*, two.*, three.*\); the last one: gone$/);
  });

  it('gives up after eight attempts on one machine', () => {
    const tries = new BuilderTries();
    const ends = Array.from({ length: 8 }, () => attempt(tries, 'one', LOST)?.code ?? null);
    assert.deepEqual(ends, [...Array<null>(7).fill(null), 'BuildersExhausted']);
  });

  it('counts no ticket without a machine, and pauses longer after each', () => {
    const tries = new BuilderTries();
    const pauses = Array.from({ length: 12 }, () => {
      assert.equal(attempt(tries, null, UNUSABLE), null);
      return tries.pause(1);
    });
    assert.deepEqual(pauses.slice(0, 8), [1, 2, 4, 8, 16, 32, 60, 60]);
    assert.deepEqual([tries.failedOn, tries.after], [[], UNUSABLE]);
  });

  it('gives up when no pool has had such machines twice', () => {
    const tries = new BuilderTries();
    const noPool: FailureFact = { code: 'NoSuchPool', message: 'no pool has arch_sparc' };
    assert.equal(attempt(tries, null, noPool), null);
    assert.deepEqual(attempt(tries, null, noPool), noPool);
  });
});

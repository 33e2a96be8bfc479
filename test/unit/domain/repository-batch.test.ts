import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RepositoryChange } from '../../../src/contracts/repository.js';
import { BATCH_LIMIT, takeBatch } from '../../../src/domain/repository-batch.js';

function add(...directories: readonly string[]): { readonly change: RepositoryChange } {
  return { change: { kind: 'add', add: directories, devel: false } };
}

const requests: fc.Arbitrary<readonly { readonly change: RepositoryChange }[]> = fc.array(
  fc.record({
    change: fc.record({
      kind: fc.constantFrom<RepositoryChange['kind']>('add', 'add', 'add', 'ensure', 'full'),
      add: fc.array(
        fc.integer({ min: 1, max: 30 }).map((n) => String(n).padStart(8, '0')),
        { maxLength: 3 },
      ),
      devel: fc.boolean(),
    }),
  }),
  { maxLength: 250 },
);

describe('takeBatch', () => {
  it('has nothing to run when nobody waits', () => {
    assert.equal(takeBatch([]), null);
  });

  it('makes one run of the builds that came while another ran', () => {
    const taken = takeBatch([add('2-b'), add('1-a'), add('2-b')]);
    assert.deepEqual(taken?.run, { devel: false, full: false, add: ['1-a', '2-b'] });
  });

  it('lets a full run serve everybody', () => {
    const full = { change: { kind: 'full' as const, add: [], devel: false } };
    assert.deepEqual(takeBatch([add('1-a'), full])?.run, { devel: false, full: true, add: [] });
  });

  it('adds nothing for those who only want the repository to be there', () => {
    const ensure = { change: { kind: 'ensure' as const, add: [], devel: false } };
    assert.deepEqual(takeBatch([ensure])?.run, { devel: false, full: false, add: [] });
  });

  it('serves every request in the end, never mixes devel with public, and forgets no directory', () => {
    fc.assert(
      fc.property(requests, (all) => {
        let waiting = all;
        for (let taken = takeBatch(waiting); taken !== null; taken = takeBatch(waiting)) {
          const { batch, run } = taken;
          assert.ok(batch.length > 0 && batch.length <= BATCH_LIMIT);
          assert.equal(batch[0], waiting[0], 'the one that waits longest is served first');
          for (const { change } of batch) {
            assert.equal(change.devel, run.devel);
            assert.ok(run.full || change.add.every((directory) => run.add.includes(directory)));
            assert.ok(run.full || change.kind !== 'full');
          }
          assert.deepEqual(run.add, [...new Set(run.add)].toSorted());
          const served = new Set(batch);
          waiting = waiting.filter((request) => !served.has(request));
        }
        assert.deepEqual(waiting, []);
      }),
    );
  });
});

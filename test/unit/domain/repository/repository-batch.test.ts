import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  repositoryChange,
  type RepositoryChange,
  type RepositoryRun,
  type RepositoryCommand,
} from '../../../../src/contracts/repository/repository.js';
import { storeOf, type StoreKind } from '../../../../src/contracts/store-kind.js';
import { BATCH_LIMIT, takeBatch } from '../../../../src/domain/repository/repository-batch.js';

type Request = { readonly change: RepositoryChange };
const ask = (...args: Parameters<typeof repositoryChange>): Request => ({ change: repositoryChange(...args) });
const add = (...builds: readonly string[]): Request => ask('change', { add: builds });
const remove = (...builds: readonly string[]): Request => ask('change', { delete: builds });
const plan = { file: 'plan=x.json', count: 5000, sha256: 'ab' };

const builds = fc.array(
  fc.integer({ min: 1, max: 12 }).map((n) => String(n).padStart(8, '0')),
  { maxLength: 3 },
);
const requests: fc.Arbitrary<readonly Request[]> = fc.array(
  fc.record({
    change: fc.record({
      kind: fc.constantFrom<RepositoryChange['kind']>('change', 'change', 'change', 'ensure', 'full', 'reread'),
      add: builds,
      delete: builds,
      removeRpms: builds.map((names) => names.map((name) => `${name}/a-1-1.noarch.rpm`)),
      plan: fc.oneof({ weight: 30, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant(plan) }),
      store: fc.constantFrom<StoreKind>('tree', 'tree', 'pulp'),
      devel: fc.boolean(),
      appstream: fc.boolean(),
      doStat: fc.boolean(),
    }),
  }),
  { maxLength: 250 },
);

/** Every run that a mailbox leads to, in order. */
function runsOf(
  all: readonly Request[],
): readonly { readonly batch: readonly Request[]; readonly run: RepositoryRun }[] {
  const runs = [];
  let waiting = all;
  for (let taken = takeBatch(waiting); taken !== null; taken = takeBatch(waiting)) {
    assert.ok(taken.run);
    runs.push({ batch: taken.batch, run: taken.run });
    const served = new Set(taken.batch);
    waiting = waiting.filter((request) => !served.has(request));
  }
  return runs;
}

describe('takeBatch', () => {
  it('has nothing to run when nobody waits', () => {
    assert.equal(takeBatch([]), null);
  });

  it('makes one run of what came while another ran', () => {
    const rpm = ask('change', { removeRpms: ['4-d/d-1-1.noarch.rpm'] });
    const taken = takeBatch([add('2-b'), remove('3-c'), add('1-a'), rpm, add('2-b'), ask('reread')]);
    assert.deepEqual(taken?.run, {
      ...{ add: ['1-a', '2-b'], delete: ['3-c'], removeRpms: ['4-d/d-1-1.noarch.rpm'] },
      ...{ full: false, reread: true, plan: null, devel: false, appstream: false, doStat: false },
    });
  });

  it('lets a full run serve everybody, and deletes in it all the same', () => {
    const run = takeBatch([add('1-a'), ask('full', { doStat: true }), remove('2-b')])?.run;
    assert.deepEqual([run?.full, run?.add, run?.delete, run?.doStat], [true, ['1-a'], ['2-b'], true]);
  });

  it('gives the last word about a build its right', () => {
    const words = (...all: readonly Request[]): unknown => {
      const run = takeBatch(all)?.run;
      return [run?.add, run?.delete, run?.removeRpms];
    };
    const rpm = ask('change', { removeRpms: ['1-a/a-1-1.noarch.rpm'] });
    assert.deepEqual(words(add('1-a'), remove('1-a')), [[], ['1-a'], []]);
    assert.deepEqual(words(remove('1-a'), add('1-a')), [['1-a'], [], []]);
    assert.deepEqual(words(rpm, add('1-a')), [['1-a'], [], []]);
    assert.deepEqual(words(add('1-a'), rpm), [['1-a'], [], ['1-a/a-1-1.noarch.rpm']]);
    assert.deepEqual(words(rpm, remove('1-a')), [[], ['1-a'], []]);
    assert.deepEqual(
      words(ask('change', { add: ['1-a'], delete: ['1-a'] })),
      [[], ['1-a'], []],
      'only the delete counts',
    );
    const develAdd = ask('change', { add: ['1-a'], devel: true });
    assert.deepEqual(words(remove('1-a', '2-b'), develAdd), [[], ['2-b'], []], 'it was built again, for another run');
  });

  it('gives a long list a run of its own, in its place', () => {
    const list = ask('change', { plan });
    const runs = runsOf([add('1-a'), list, add('2-b'), add('3-c')]).map(({ run }) => [run.add, run.plan?.count]);
    assert.deepEqual(runs, [
      [['1-a'], undefined],
      [[], 5000],
      [['2-b', '3-c'], undefined],
    ]);
  });

  it('does what an operator wants in its place, alone', () => {
    const release: { readonly change: RepositoryCommand } = { change: { kind: 'release', by: 'root' } };
    const waiting = [add('1-a'), release, add('2-b')];
    assert.deepEqual(takeBatch(waiting)?.batch, waiting.slice(0, 1));
    const taken = takeBatch(waiting.slice(1));
    assert.deepEqual(taken, { batch: [release], run: null, operation: release.change });
  });

  it('serves every request once, in order where that matters, and never mixes what does not mix', () => {
    fc.assert(
      fc.property(requests, (all) => {
        const runs = runsOf(all);
        const served = runs.flatMap(({ batch }) => batch);
        assert.equal(served.length, all.length);
        assert.equal(new Set(served).size, new Set(all).size);
        let waiting = all;
        for (const { batch, run } of runs) {
          assert.ok(batch.length > 0 && batch.length <= BATCH_LIMIT);
          assert.equal(batch[0], waiting[0], 'the one that waits longest is served first');
          for (const { change } of batch) {
            assert.deepEqual([change.devel, change.appstream], [run.devel, run.appstream]);
            assert.equal(storeOf(change), storeOf(run));
            assert.ok(run.full || change.kind !== 'full');
            assert.ok(run.doStat || !change.doStat);
            assert.ok(change.plan === null || batch.length === 1);
          }
          assert.deepEqual(run.add, [...new Set(run.add)].toSorted());
          assert.ok(!run.delete.some((build) => run.add.includes(build)));
          waiting = waiting.filter((request) => !batch.includes(request));
        }
      }),
    );
  });

  it('leaves every build as the last word about it wants it', () => {
    fc.assert(
      fc.property(requests, (mixed) => {
        const all = mixed.map(({ change }) => ({ change: { ...change, plan: null } }));
        const wanted = new Map<string, boolean>();
        for (const { change } of all) {
          for (const build of change.add) wanted.set(build, true);
          for (const build of change.delete) wanted.set(build, false);
        }
        // The tree: a full run finds everything, because all packages are there from the start.
        const there = new Set(wanted.keys());
        const named = new Set<string>();
        for (const { run } of runsOf(all)) {
          for (const build of run.delete) {
            there.delete(build);
            named.delete(build);
          }
          for (const build of run.full ? there : run.add) named.add(build);
        }
        for (const [build, isWanted] of wanted) {
          assert.equal(there.has(build), isWanted, `the files of ${build}`);
          assert.equal(named.has(build), isWanted, `the metadata of ${build}`);
        }
      }),
    );
  });

  it('gives a request that stands alone a run of its own, in its turn', () => {
    const [one, two, three] = [add('1'), add('2'), add('3')];
    const isAlone = (request: Request): boolean => request === two;
    assert.deepEqual(takeBatch([one, two, three], isAlone)?.batch, [one]);
    assert.deepEqual(takeBatch([two, three], isAlone)?.batch, [two]);
    assert.deepEqual(takeBatch([three, one], isAlone)?.batch, [three, one]);
  });
});

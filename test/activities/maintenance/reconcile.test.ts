import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Checker } from '../../../src/activities/maintenance/reconcile/checker.js';
import { reconcile } from '../../../src/activities/maintenance/reconcile/reconcile.js';
import { createReconcileMemory } from '../../../src/adapters/plan-files/reconcile-memory.js';
import { checkModes } from '../../../src/config/maintenance.js';
import type { MaintenanceOutcome } from '../../../src/contracts/maintenance/maintenance.js';
import type { CheckMode } from '../../../src/domain/maintenance/reconciliation.js';
import { givenDirectory } from '../../support/given-directory.js';

const MINUTE = 60_000;

describe('reconcile', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let now: number;
  /** The faults of the world; a fix takes it away, unless it is stubborn. */
  let faults: Set<string>;
  let fixed: string[];
  let told: string[];
  let failure: Error | null;
  let stubborn: boolean;

  beforeEach(async () => {
    root = await givenDirectory();
    now = Date.parse('2026-11-29T12:00:00Z');
    faults = new Set();
    [fixed, told] = [[], []];
    [failure, stubborn] = [null, false];
  });
  afterEach(() => root.remove());

  const checker: Checker = {
    name: 'tickets',
    look: () => {
      if (failure !== null) return Promise.reject(failure);
      const findings = [...faults].map((key) => ({ key, text: `ticket ${key} is open`, remedy: `close ${key}` }));
      return Promise.resolve({ findings, looked: 10, covers: () => true, next: null });
    },
    fix: ({ key }) => {
      fixed.push(key);
      if (!stubborn) faults.delete(key);
      return Promise.resolve();
    },
  };

  /** A round, and then `minutes` in which nobody looks. */
  async function round(
    minutes: number,
    {
      mode = 'fix',
      dryRun = false,
      maxFixes = 20,
      with: one = checker,
    }: { mode?: CheckMode; dryRun?: boolean; maxFixes?: number; with?: Checker } = {},
  ): Promise<MaintenanceOutcome> {
    const run = reconcile(
      {
        checkers: [one],
        memory: createReconcileMemory({ destdir: root.path }),
        ...{ now: () => now, tell: (line) => told.push(line) },
      },
      { modes: { ...checkModes({ reconcile: {} }), tickets: mode }, maxFixes, isWhole: false },
    );
    const outcome = await run({ signal: new AbortController().signal, progress: () => undefined, dryRun });
    now += minutes * MINUTE;
    return outcome;
  }

  it('does nothing, and says nothing, while all is well', async () => {
    for (let hour = 0; hour < 24; hour += 1) {
      const { changed, troubles, counts } = await round(60);
      assert.deepEqual([changed, troubles, counts], [0, [], { tickets: 0 }]);
    }
    assert.deepEqual([told, fixed], [[], []]);
  });

  it('fixes what two looks with time between them have found', async () => {
    faults.add('17');
    assert.deepEqual((await round(5)).troubles, [], 'what was seen once may be under way');
    assert.deepEqual((await round(10)).changed, 0, 'the second look came too soon after the first');
    assert.deepEqual((await round(10)).changed, 1);
    assert.deepEqual([fixed, [...faults]], [['17'], []]);
    assert.deepEqual((await round(60)).counts, { tickets: 0 });
  });

  it('begins to count anew after a look that found all well', async () => {
    faults.add('17');
    await round(60);
    faults.clear();
    await round(60);
    faults.add('17');
    assert.equal((await round(60)).changed, 0);
    assert.equal((await round(60)).changed, 1);
  });

  it('takes a look that failed as no evidence, and says why it failed', async () => {
    faults.add('17');
    await round(60);
    failure = new Error('Resalloc does not answer');
    for (let hour = 0; hour < 3; hour += 1) {
      const { changed, troubles, counts } = await round(60);
      assert.deepEqual([changed, counts], [0, {}]);
      assert.deepEqual(troubles, ['tickets could not be looked at: Resalloc does not answer']);
    }
    failure = null;
    assert.equal((await round(60)).changed, 1, 'the first look still counts');
  });

  it('fixes so many in a round, the others later', async () => {
    for (const ticket of ['1', '2', '3', '4', '5']) faults.add(ticket);
    await round(60);
    const { summary, changed, troubles, counts } = await round(60, { maxFixes: 2 });
    assert.equal(summary, '10 things looked at: 3 tickets do not agree; 2 fixed');
    assert.deepEqual([changed, counts, troubles.length], [2, { tickets: 3 }, 3]);
    await round(60, { maxFixes: 2 });
    await round(60, { maxFixes: 2 });
    assert.deepEqual(fixed, ['1', '2', '3', '4', '5']);
  });

  for (const mode of ['observe', 'propose'] as const)
    it(`never fixes in the mode ${mode}`, async () => {
      faults.add('17');
      for (let hour = 0; hour < 3; hour += 1) await round(60, { mode });
      assert.deepEqual(fixed, []);
      assert.equal(told.includes('  close 17'), mode === 'propose');
      assert.match(told.at(-1) ?? '', mode === 'propose' ? /close 17/ : /ticket 17 is open \(since 2026-11-29T12:00/);
    });

  it('leaves to people what comes back after two fixes', async () => {
    stubborn = true;
    faults.add('17');
    for (let hour = 0; hour < 12; hour += 1) await round(60);
    assert.deepEqual(fixed, ['17', '17']);
    assert.match(told.at(-2) ?? '', /fixed 2 times and back/);
  });

  it('neither fixes nor remembers anything in a rehearsal', async () => {
    faults.add('17');
    for (let hour = 0; hour < 3; hour += 1) await round(60, { dryRun: true });
    assert.deepEqual([fixed, (await round(60)).changed], [[], 0], 'this is the first look that counts');
  });

  it('leaves a check to the round that is doing it, and says so', async () => {
    faults.add('17');
    await round(60);
    const outcome = await createReconcileMemory({ destdir: root.path }).alone('tickets', () => round(60));
    assert.deepEqual([outcome?.changed, fixed], [0, []]);
    assert.deepEqual(outcome?.troubles, ['tickets could not be looked at: another round is doing this check']);
    assert.equal((await round(60)).changed, 1);
  });

  it('writes what it knows of a check, and of no other', async () => {
    faults.add('17');
    const other = createReconcileMemory({ destdir: root.path });
    const known = { place: 'jdoe/hello', suspects: [] };
    const look = checker.look;
    const meanwhile: Checker = { ...checker, look: async (at) => (await other.write('keys', known), look(at)) };
    await round(60, { with: meanwhile });
    assert.deepEqual((await other.read('keys')).memory, known);
    assert.equal((await other.read('tickets')).memory?.suspects.length, 1);
  });

  it('takes a torn memory as none, and says so', async () => {
    faults.add('17');
    await round(60);
    const file = path.join(root.path, '.reconcile/state.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.slice(0, text.length / 2));
    const { changed, troubles } = await round(60);
    assert.equal(changed, 0);
    assert.match(troubles[0] ?? '', /state\.json was unreadable/);
    assert.equal((await round(60)).changed, 1);
  });
});

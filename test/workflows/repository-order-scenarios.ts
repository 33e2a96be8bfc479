import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { changesQuery } from '../../src/contracts/messages.js';
import { repositoryChange, type RepositoryChange } from '../../src/contracts/repository/repository.js';
import type { RepositoryScenario } from './repository-scenarios.js';

const HOUR = 3600;

/** The order of a repository's work, and how long it postpones the rest. */
export const REPOSITORY_ORDER_SCENARIOS: readonly RepositoryScenario[] = [
  {
    name: 'repository-removes-nothing-under-an-add-that-waits',
    async run({ rig, ask, finish, runs, operations, handle }) {
      await ask('first', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      const removed = {
        delete: ['00000002-b', '00000003-c'],
        removeRpms: ['00000004-d/d-1-1.noarch.rpm', '00000005-e/e-1-1.noarch.rpm'],
      };
      await ask('gone', repositoryChange('change', removed));
      await ask('built', add('00000006-f'));
      const added = ['00000002-b', '00000004-d', '00000006-f'];
      await ask('devel', repositoryChange('change', { add: added, devel: true }));
      await ask('again', add('00000002-b'));
      await ask('other', add('00000007-g'));
      await ask('pin', { kind: 'pin', generation: '4', by: 'root' });
      await rig.until('all wait', async () => (await handle.query(changesQuery)).waiting === 7);
      finish();
      for (const count of [2, 3, 4]) {
        await rig.until(`run ${count}`, () => runs().length === count);
        finish();
      }
      await rig.until('the operation', () => operations().length === 1);
      finish();
      await handle.result();
      assert.deepEqual(
        runs()
          .slice(1)
          .map(({ run }) => [run.devel, run.add, run.delete, run.removeRpms]),
        [
          // A build that was repeated keeps its files, and requests about the same directory keep their order.
          [false, ['00000006-f', '00000007-g'], ['00000003-c'], ['00000005-e/e-1-1.noarch.rpm']],
          [true, added, [], []],
          [false, ['00000002-b'], [], []],
        ],
      );
    },
  },
  {
    name: 'repository-waits-ever-longer-for-company',
    pace: HOUR,
    linger: 3, // the next one comes sooner
    async run({ rig, ask, finish, runs, handle }) {
      const waiting = (count: number): Promise<void> =>
        rig.until(`${count} wait`, async () => (await handle.query(changesQuery)).waiting === count);
      for (let run = 1; run <= 8; run += 1) {
        await ask(`${run}`, add(`0000000${run}-a`));
        if (run > 3) {
          await waiting(1);
          // Who is company enough is served at once.
          const others = Array.from({ length: 9 }, (_, index) => `0000000${run}-b${index}`);
          await Promise.all(others.map((build) => ask(build, add(build))));
        }
        await rig.until(`run ${run}`, () => runs().length === run);
        finish();
        await waiting(0);
      }
      await handle.result();
      const pauses = (await timersOf(handle)).filter((seconds) => seconds > 3).map((seconds) => seconds / HOUR);
      assert.deepEqual(pauses.map(Math.round), [1, 2, 3, 4, 4]);
      assert.ok(runs().every(({ run }, index) => run.add.length === (index < 3 ? 1 : 10)));
    },
  },
  {
    name: 'repository-tries-two-that-failed-together-one-by-one',
    async run({ rig, ask, finish, runs, handle, heard }) {
      await ask('first', add('00000001-a'));
      await rig.until('the first run', () => runs().length === 1);
      for (const name of ['b', 'c']) await ask(name, add(`00000002-${name}`));
      finish();
      const unreadable = ApplicationFailure.nonRetryable('cannot read 00000002-c', 'PackageUnreadable');
      for (const [index, end] of [unreadable, undefined, unreadable].entries()) {
        await rig.until(`run ${index + 2}`, () => runs().length === index + 2);
        finish(end);
      }
      await handle.result();
      assert.deepEqual(await heard(), ['answered first', 'answered b', 'answered c: PackageUnreadable']);
    },
  },
  {
    name: 'repository-begins-anew-after-a-failure',
    eventLimit: 13,
    async run({ rig, ask, finish, runs, handle }) {
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      await ask('b', add('00000002-b'));
      const { runId: first } = await handle.describe();
      finish(ApplicationFailure.nonRetryable('createrepo_c exited with 1', 'RepositoryFailed'));
      await rig.until('the second run', () => runs().length === 2);
      assert.notEqual((await handle.describe()).runId, first, 'it has begun anew in between');
      const { runs: count, lastFailure } = await handle.query(changesQuery);
      assert.deepEqual([count, lastFailure?.code], [1, 'RepositoryFailed'], 'and knows how it went');
      finish();
      await handle.result();
    },
  },
  {
    name: 'repository-is-held-for-longer-than-it-lingers',
    async run({ rig, ask, finish, runs, operations, handle, heard }) {
      const hold = { generation: '17', since: '2026-11-22T20:00:00.000Z', by: 'root', reason: null };
      await ask('back', { kind: 'rollback', generation: '17', by: 'root', reason: null });
      await rig.until('the rollback', () => operations().length === 1);
      finish({ hold });
      await ask('a', add('00000001-a'));
      await rig.until('the run', () => runs().length === 1);
      finish({ hold });
      await rig.until('it is said', async () => (await heard()).length === 2);
      // Nothing is to be done any more, and it must not end: somebody waits for the release.
      await rig.until('the linger is over', async () => (await firedTimersOf(handle)) > 0);
      await ask('pin', { kind: 'pin', generation: '17', by: 'root' });
      await rig.until('the pin', () => operations().length === 2);
      finish({ hold });
      await rig.until('it is answered', async () => (await heard()).length === 3);
      await ask('a', add('00000001-a'));
      await rig.until('it is said again', async () => (await heard()).length === 4);
      await ask('base', repositoryChange('ensure'));
      await rig.until('a look at the metadata', () => runs().length === 2);
      finish({ hold });
      await rig.until('that is answered too', async () => (await heard()).length === 5);
      await ask('go', { kind: 'release', by: 'root' });
      await rig.until('the release', () => operations().length === 3);
      finish();
      await handle.result();
      const held = 'delayed a: held by operator';
      assert.deepEqual((await heard()).slice(0, 5), [
        ...['answered back', held, 'answered pin', held, 'answered base'],
      ]);
      assert.deepEqual((await heard()).slice(5).toSorted(), ['answered a', 'answered go']);
    },
  },
  {
    name: 'repository-looks-daily-whether-what-was-deleted-is-due',
    async run({ rig, ask, finish, runs, fakes, handle, heard }) {
      await ask('a', repositoryChange('change', { delete: ['00000001-a'] }));
      await rig.until('the run', () => runs().length === 1);
      finish({ collectAt: new Date(Date.now() + 7 * 24 * HOUR * 1000).toISOString() });
      await rig.until('it waits for a day', async () => (await timersOf(handle)).includes(24 * HOUR));
      await ask('b', add('00000002-b'));
      await rig.until('the run of who came', () => runs().length === 2);
      finish();
      await handle.result();
      assert.deepEqual(await heard(), ['answered a', 'answered b']);
      assert.equal(fakes.inputs('collectRepository').length, 0, 'nothing is removed before its time');
    },
  },
];

function add(...builds: string[]): RepositoryChange {
  return repositoryChange('change', { add: builds });
}

/** Lengths of the timers that a workflow has started, in seconds. */
async function timersOf(handle: WorkflowHandle): Promise<readonly number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer == null
      ? []
      : [Number(timer.startToFireTimeout?.seconds ?? 0) + (timer.startToFireTimeout?.nanos ?? 0) / 1e9],
  );
}

async function firedTimersOf(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter((event) => event.timerFiredEventAttributes != null).length;
}

import assert from 'node:assert/strict';
import { pruneSrpms } from '../../../src/activities/maintenance/prune-srpms.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { SourceBuild } from '../../../src/ports/prune/prunable-tree.js';

const PROJECT = { owner: 'jdoe', dirname: 'hello' };

function entry(name: string, changedAt: number): SourceBuild {
  return { ...PROJECT, name, isLog: name.endsWith('.log'), changedAt };
}

const DAY = 86_400_000;

/** Prunes what is older than 100 of these; answers the failures, what was told and what is left. */
async function pruned(
  entries: readonly SourceBuild[],
  options: { readonly isDryRun?: boolean; readonly inUse?: string; readonly broken?: string } = {},
): Promise<{
  readonly failures: readonly string[];
  readonly told: readonly string[];
  readonly left: readonly string[];
}> {
  const left = new Set(entries.map(({ name }) => name));
  const told: string[] = [];
  const tree = {
    projects: () => Promise.resolve([PROJECT]),
    sourceBuilds: () => Promise.resolve(entries),
    removeSourceBuild: ({ name }: SourceBuild): Promise<'removed' | 'kept'> => {
      if (name === options.broken) return Promise.reject(new PortFailure('StorageFailed', `${name} cannot be removed`));
      if (name === options.inUse) return Promise.resolve('kept');
      left.delete(name);
      return Promise.resolve('removed');
    },
  };
  const tell = (event: string, { name }: SourceBuild): void => void told.push(`${event} ${name}`);
  const job = pruneSrpms({ tree, now: () => 14 * DAY + 100, tell }, { days: 14 });
  const dryRun = options.isDryRun === true;
  const { troubles } = await job({ signal: new AbortController().signal, progress: () => undefined, dryRun });
  return { failures: troubles, told, left: [...left] };
}

describe('pruneSrpms', () => {
  const ENTRIES = [entry('00000001', 99), entry('00000002', 100), entry('build-2.log', 500)];

  it('removes old source builds, and logs beside them whatever their age', async () => {
    const told = ['removing 00000001', 'removing build-2.log'];
    assert.deepEqual(await pruned(ENTRIES), { failures: [], told, left: ['00000002'] });
    const left = ['00000001', '00000002', 'build-2.log'];
    assert.deepEqual(await pruned(ENTRIES, { isDryRun: true }), { failures: [], told, left });
  });

  it('says what was used since it was looked at, and goes on behind what cannot go', async () => {
    const { failures, told, left } = await pruned(ENTRIES, { broken: '00000001', inUse: 'build-2.log' });
    assert.deepEqual(failures, ['00000001 cannot be removed']);
    assert.deepEqual(told, ['removing 00000001', 'removing build-2.log', 'kept build-2.log']);
    assert.deepEqual(left, ['00000001', '00000002', 'build-2.log']);
  });
});

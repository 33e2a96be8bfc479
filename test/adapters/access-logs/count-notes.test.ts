import assert from 'node:assert/strict';
import { countHits } from '../../../src/activities/maintenance/count-hits.js';
import { createCountNotes } from '../../../src/adapters/access-logs/count-notes.js';
import type { AccessLog } from '../../../src/ports/maintenance/hit-counting.js';
import { givenDirectory } from '../../support/given-directory.js';

const DAY = 86_400_000;
const ACCESS = {
  ...{ url: '/results/jdoe/hello/fedora-42-x86_64/repodata/repomd.xml', status: 200, agent: 'libdnf', at: 1000 },
};

describe('notes about counted logs', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => (root = await givenDirectory()));
  afterEach(() => root.remove());

  it('stay while their log is there, however long, and go 90 days after it', async () => {
    let [posts, days] = [0, 0];
    const notes = createCountNotes({ destdir: root.path, now: () => Date.now() + days * DAY });
    const kept: AccessLog = {
      ...{ id: 'a log', name: 'access.log' },
      batches: async function* (from) {
        if (from === 0) yield await Promise.resolve({ upTo: 1, accesses: [ACCESS] });
      },
      isRotated: false,
      finish: () => Promise.resolve('kept'),
    };
    async function round(after: number, found: readonly AccessLog[]): Promise<void> {
      days += after;
      const job = countHits(
        {
          logs: {
            logs: async function* () {
              yield* await Promise.resolve(found);
            },
          },
          counters: { add: () => Promise.resolve(((posts += 1), { end: 'counted' as const })) },
          notes,
          tell: () => undefined,
        },
        { tryIndefinitely: false, doubtful: null },
      );
      const { troubles } = await job({
        signal: new AbortController().signal,
        progress: () => undefined,
        dryRun: false,
      });
      assert.deepEqual(troubles, []);
    }
    await round(0, [kept]);
    await round(91, [kept]);
    await round(1, [kept]);
    assert.equal(posts, 1, 'it is counted once');
    await round(89, []);
    assert.notEqual(await notes.read(kept.id), null);
    await round(2, []);
    assert.equal(await notes.read(kept.id), null);
  });
});

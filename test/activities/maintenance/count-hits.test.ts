import assert from 'node:assert/strict';
import { countHits, type CountHitsOptions } from '../../../src/activities/maintenance/count-hits.js';
import type { MaintenanceOutcome } from '../../../src/contracts/maintenance/maintenance.js';
import type { AccessLog, CountNote, HitReport } from '../../../src/ports/maintenance/hit-counting.js';

const KEY = 'chroot_repo_metadata_dl_stat|jdoe|hello|fedora-42-x86_64';
const access = (at: number): { url: string; status: number; agent: string; at: number } => ({
  ...{ url: '/results/jdoe/hello/fedora-42-x86_64/repodata/repomd.xml', status: 200, agent: 'libdnf', at },
});

/** A world in which the process can be killed at each step, and only notes, the log and the frontend stay. */
class World {
  readonly notes = new Map<string, CountNote>();
  /** The sum of the frontend. */
  counted = 0;
  posts = 0;
  logIsThere = true;
  deletes = true;
  /** One access at each position. */
  length = 3;
  answers: HitReport[] = [];
  /** Where the process is killed; null: nowhere. */
  dieAt: 'sent' | 'answered' | 'delete' | null = null;

  /** One process; resolves with null if it was killed. */
  async run(options: Partial<CountHitsOptions> = {}, dryRun = false): Promise<MaintenanceOutcome | null> {
    const job = countHits(
      {
        logs: { logs: () => this.#logs() },
        counters: { add: ({ hits }) => this.#add(hits) },
        notes: {
          alone: (work) => work(),
          read: (id) => Promise.resolve(this.notes.get(id) ?? null),
          write: (id, note) => {
            if (this.dieAt === 'answered' && note.state === 'counted') return this.#die();
            this.notes.set(id, note);
            return Promise.resolve();
          },
          forget: (id) => Promise.resolve(void this.notes.delete(id)),
          touch: () => Promise.resolve(),
          forgetOld: () => Promise.resolve(),
        },
        tell: () => undefined,
        pauseMs: 0,
      },
      { tryIndefinitely: false, doubtful: null, ...options },
    );
    try {
      return await job({ signal: new AbortController().signal, progress: () => undefined, dryRun });
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return null;
    } finally {
      this.dieAt = null;
    }
  }

  async *#logs(): AsyncGenerator<AccessLog> {
    if (!this.logIsThere) return;
    yield await Promise.resolve({
      ...{ id: 'a log', name: 'access.log', isRotated: false },
      batches: (from: number) => this.#batches(from),
      finish: () => {
        if (this.dieAt === 'delete') return this.#die();
        this.logIsThere = !this.deletes;
        return Promise.resolve(this.deletes ? 'deleted' : 'kept');
      },
    });
  }

  async *#batches(from: number): AsyncGenerator<{ upTo: number; accesses: ReturnType<typeof access>[] }> {
    if (from >= this.length) return;
    const accesses = Array.from({ length: this.length - from }, (_none, index) => access(1000 + from + index));
    yield await Promise.resolve({ upTo: this.length, accesses });
  }

  #add(hits: Readonly<Record<string, number>>): Promise<HitReport> {
    this.posts += 1;
    const answer = this.answers.shift() ?? { end: 'counted' };
    if (answer.end === 'counted') this.counted += hits[KEY] ?? 0;
    return this.dieAt === 'sent' ? this.#die() : Promise.resolve(answer);
  }

  #die(): Promise<never> {
    return Promise.reject(new Killed());
  }
}

class Killed extends Error {}

describe('countHits', () => {
  it('counts a log once, although it was killed between the report and the deletion', async () => {
    const world = new World();
    world.dieAt = 'delete';
    assert.equal(await world.run(), null);
    assert.deepEqual([world.counted, world.logIsThere], [3, true]);
    assert.deepEqual((await world.run())?.troubles, []);
    assert.deepEqual([world.counted, world.posts, world.logIsThere], [3, 1, false]);
    assert.equal(world.notes.size, 0, 'a deleted log needs no note');
  });

  for (const dieAt of ['sent', 'answered'] as const) {
    it(`neither counts nor deletes what was ${dieAt} when it was killed, until a person decides`, async () => {
      const world = new World();
      world.dieAt = dieAt;
      await world.run();
      const outcome = await world.run();
      assert.match(outcome?.troubles[0] ?? '', /may have counted the hits between 0 and 3.*--doubtful counted/);
      assert.deepEqual([world.posts, world.logIsThere], [1, true]);
      assert.deepEqual((await world.run({ doubtful: 'counted' }))?.troubles, []);
      assert.deepEqual([world.counted, world.posts, world.logIsThere], [3, 1, false]);
    });
  }

  it('counts again what a person says was not counted', async () => {
    const world = new World();
    world.answers = [{ end: 'unknown', why: 'HTTP 504' }];
    assert.match((await world.run())?.troubles[0] ?? '', /HTTP 504/);
    await world.run({ doubtful: 'again' });
    assert.deepEqual([world.counted, world.posts, world.logIsThere], [3, 2, false]);
  });

  it('asks a frontend five times that is away, and counts the log in the next round', async () => {
    const world = new World();
    world.answers = Array.from({ length: 5 }, () => ({ end: 'refused', why: 'connection refused', mayPass: true }));
    const outcome = await world.run();
    assert.deepEqual([outcome?.troubles, world.posts], [['access.log: connection refused'], 5]);
    await world.run();
    assert.deepEqual([world.counted, world.posts], [3, 6]);
  });

  it('counts of a growing log what was added, and sends nothing in a dry run', async () => {
    const world = new World();
    world.deletes = false;
    assert.match((await world.run({}, true))?.summary ?? '', /^3 hits in 1 logs would be counted/);
    assert.deepEqual([world.posts, world.notes.size], [0, 0]);
    await world.run();
    world.length = 5;
    await world.run();
    await world.run();
    assert.deepEqual([world.counted, world.posts], [5, 2]);
  });
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import fc from 'fast-check';
import { createFollowActivities } from '../../../src/activities/build/build-follower.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { TicketState } from '../../../src/ports/build/builder-pool.js';
import type { RemoteSession } from '../../../src/ports/build/remote-shell.js';
import type { BuildStorage } from '../../../src/ports/build-storage.js';
import { activityContext, activityFailureOf } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import { fakeBuilder, type FakePorts, fakePorts, HOST_KEY, unreachable } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath } from '../../support/result-paths.js';

const facts = givenFacts();
const builder = { ...BUILDER, hostKey: HOST_KEY };
const shutdown = new ActivityCancellationDetails({ workerShutdown: true });

/** How one connection goes: the log in chunks, then the end that `then` says. */
type Connection = { readonly chunks: readonly Buffer[]; readonly then: 'ends' | 'drops' | 'stays' | 'fails' };

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal?.reason as Error);
    if (signal?.aborted === true) fail();
    else signal?.addEventListener('abort', fail, { once: true });
  });
}

/** A session whose follower goes as told; `finalSize` is what the look at the log's writer says at the end. */
function session(connection: Connection, finalSize: number | null = null): RemoteSession {
  return fakeBuilder(
    {},
    {
      stream: async (_, { onData, signal }) => {
        for (const chunk of connection.chunks) {
          if (signal?.aborted === true) break;
          await onData(chunk);
        }
        if (connection.then === 'drops') throw unreachable();
        if (connection.then === 'stays') return untilAborted(signal);
        return { code: connection.then === 'ends' ? 0 : 1 };
      },
      run: (_, { signal }) =>
        finalSize === null
          ? untilAborted(signal)
          : Promise.resolve({ code: 0, signal: null, stdout: `${finalSize}\n`, stderr: '' }),
    },
  ).session;
}

/** Cuts `bytes` at the places, which may lie anywhere. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

describe('followBuild', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let tree: BuildStorage;

  beforeEach(async () => {
    root = await givenDirectory();
    tree = createResultTree({ destdir: root.path });
    await tree.buildDirectories.prepare(facts, 'run');
  });
  afterEach(() => root.remove());

  const log = (): Promise<Buffer> => readFile(join(buildPath(root.path, facts), 'builder-live.log'));
  const backendLog = (): Promise<string> => readFile(join(buildPath(root.path, facts), 'backend.log'), 'utf8');

  /** Ports where one connection follows the other; after the last one the builder cannot be reached. */
  function connections(
    all: readonly RemoteSession[],
    state: () => TicketState = () => ({ state: 'ready', output: '' }),
  ): FakePorts {
    const left = [...all];
    return fakePorts({
      ...tree,
      pool: { collect: () => Promise.resolve(state()) },
      shell: {
        connect: () => {
          const next = left.shift();
          return next === undefined ? Promise.reject(unreachable('no route to host')) : Promise.resolve(next);
        },
      },
    });
  }

  function follow(
    ports: FakePorts,
    options: { readonly logBase?: number; readonly deadline?: number; readonly stepMs?: number } = {},
    env = activityContext(),
  ): Promise<{ readonly logBytes: number; readonly timedOut: boolean }> {
    const { followBuild } = createFollowActivities(ports.deps);
    const { logBase = 0, deadline = Date.now() / 1000 + 20 * 86_400, stepMs } = options;
    return inFastTime(() => env.run(followBuild, { facts, builder, logBase, deadline }), stepMs);
  }

  it('writes the log byte by byte as it is, however the connection breaks and wherever it is cut', async () => {
    const connection = fc.record({ upTo: fc.nat(), places: fc.array(fc.nat(), { maxLength: 6 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(connection, { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (content, broken, places) => {
          const bytes = Buffer.from(content);
          const base = await tree.liveLogs.begin(facts, '-- next --');
          const drops = broken.map(({ upTo, places: at }) =>
            session({ chunks: cut(bytes.subarray(0, upTo % (bytes.length + 1)), at), then: 'drops' }),
          );
          const last = session({ chunks: cut(bytes, places), then: 'ends' });
          const end = await follow(connections([...drops, last]), { logBase: base });
          assert.deepEqual((await log()).subarray(base), bytes);
          assert.deepEqual(end, { logBytes: bytes.length, timedOut: false });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on where another worker stopped, without a byte lost or doubled', async () => {
    const live = await tree.liveLogs.follow(facts, 0);
    await live.write(0, Buffer.from('one\ntwo\nth'));
    await live.close();
    const whole = Buffer.from('one\ntwo\nthree\n');
    const written: number[] = [];
    const watched: BuildStorage['liveLogs'] = {
      ...tree.liveLogs,
      follow: async (place, base) => {
        const inner = await tree.liveLogs.follow(place, base);
        return {
          get size() {
            return inner.size;
          },
          get isCut() {
            return inner.isCut;
          },
          write: (offset, bytes) => {
            written.push(offset);
            return inner.write(offset, bytes);
          },
          close: () => inner.close(),
        };
      },
    };
    const ports = fakePorts({
      ...tree,
      liveLogs: watched,
      shell: { connect: () => Promise.resolve(session({ chunks: cut(whole, [3, 9, 12]), then: 'ends' })) },
    });
    assert.equal((await follow(ports)).logBytes, whole.length);
    assert.deepEqual(await log(), whole);
    assert.deepEqual(written, [10, 12], 'only what the file lacks is written');
  });

  it('says how far the log is while it grows', async () => {
    const env = activityContext();
    const ports = connections([session({ chunks: [Buffer.from('one\n')], then: 'stays' })]);
    let told: unknown;
    env.on('heartbeat', (details: unknown) => {
      // Disks are not in fast time: a beat may come before the first bytes are written.
      if (details === undefined || (details as { logBytes: number }).logBytes === 0) return;
      told = details;
      env.cancel();
    });
    await assert.rejects(follow(ports, {}, env), CancelledFailure);
    assert.deepEqual(told, { logBytes: 4, host: builder.host, ticket: builder.ticket });
  });

  it('ends as soon as the writer of the log is gone and all is read, though the follower lingers', async () => {
    const ports = connections([session({ chunks: [Buffer.from('all of it')], then: 'stays' }, 9)]);
    assert.deepEqual(await follow(ports), { logBytes: 9, timedOut: false });
  });

  it('reads what is left when the writer of the log is gone first', async () => {
    const chunks = ['all', ' of', ' it'].map((text) => Buffer.from(text));
    await follow(connections([session({ chunks, then: 'stays' }, 9)]));
    assert.equal((await log()).toString(), 'all of it');
  });

  it('does not take a log that breaks off for a whole one', async () => {
    const ports = connections([session({ chunks: [Buffer.from('half')], then: 'fails' }, 9)]);
    const failure = await activityFailureOf(follow(ports));
    assert.deepEqual([failure.type, failure.nonRetryable], ['LogBroken', true]);
  });

  it('re-attaches while Resalloc says that the builder is well, and gives up after a minute without it', async () => {
    const ports = connections([session({ chunks: [], then: 'drops' })]);
    await assert.rejects(follow(ports), /no route to host/);
    assert.ok(ports.calls('shell', 'connect').length > 10);
  });

  /** A builder that is out of reach for `seconds` after its first connection broke, and then ends its log. */
  function away(seconds: number, refused: boolean): FakePorts {
    const last = session({ chunks: [Buffer.from('x')], then: 'ends' });
    const first = [session({ chunks: [], then: 'drops' })];
    let until = Number.POSITIVE_INFINITY;
    const connect = (): Promise<RemoteSession> => {
      const drop = first.shift();
      if (drop === undefined)
        return Date.now() < until ? Promise.reject(unreachable('x', refused)) : Promise.resolve(last);
      until = Date.now() + seconds * 1000;
      return Promise.resolve(drop);
    };
    return fakePorts({
      ...tree,
      shell: { connect },
      pool: { collect: () => Promise.resolve({ state: 'ready', output: '' }) },
    });
  }

  it('gives a builder up that refuses connections, within 15 seconds', async () => {
    await assert.rejects(follow(away(15, true)), { code: 'BuilderUnreachable' });
  });

  for (const [seconds, refused] of [
    [15, false],
    [8, true],
  ] as const) {
    it(`keeps a builder that ${refused ? 'refuses connections' : 'is cut off'} for ${seconds} seconds`, async () => {
      assert.equal((await follow(away(seconds, refused))).logBytes, 1);
    });
  }

  for (const state of ['failed', 'closed', 'vanished'] as const) {
    const found: TicketState = state === 'failed' ? { state, hadBuilder: true } : { state };
    it(`gives the builder up when the connection broke and its ticket is ${state}`, async () => {
      const ports = connections([session({ chunks: [], then: 'drops' })], () => found);
      const failure = await activityFailureOf(follow(ports));
      assert.deepEqual([failure.type, failure.nonRetryable], ['BuilderLost', true]);
      assert.equal(ports.calls('shell', 'connect').length, 1);
    });
  }

  it('does not believe that a builder is lost because Resalloc does not answer', async () => {
    const bytes = Buffer.from('x');
    const ports = fakePorts({
      ...connections([session({ chunks: [], then: 'drops' }), session({ chunks: [bytes], then: 'ends' })]).deps,
      pool: { collect: () => Promise.reject(new Error('down')) },
    });
    assert.equal((await follow(ports)).logBytes, 1);
  });

  it('notices a builder that died under a connection that still stands', async () => {
    const ports = connections([session({ chunks: [], then: 'stays' })], () => ({ state: 'failed', hadBuilder: true }));
    const failure = await activityFailureOf(follow(ports, { stepMs: 1000 }));
    assert.equal(failure.type, 'BuilderLost');
  });

  it('says that the time is over', async () => {
    const ports = connections([session({ chunks: [Buffer.from('so far')], then: 'stays' })]);
    assert.equal((await follow(ports, { deadline: 0 })).timedOut, true);
  });

  it('confirms a cancel', async () => {
    const env = activityContext();
    const staying = session({ chunks: [Buffer.from('x')], then: 'stays' });
    const ports = fakePorts({ ...tree, shell: { connect: () => (env.cancel(), Promise.resolve(staying)) } });
    await assert.rejects(follow(ports, {}, env), CancelledFailure);
  });

  it('detaches at a shutdown: the next attempt goes on, nothing is stopped, people can read why', async () => {
    const env = activityContext();
    const staying = fakeBuilder({}, session({ chunks: [], then: 'stays' }));
    const ports = fakePorts({
      ...tree,
      shell: { connect: () => (env.cancel('WORKER_SHUTDOWN', shutdown), Promise.resolve(staying.session)) },
    });
    const failure = await activityFailureOf(follow(ports, {}, env));
    assert.deepEqual([failure.type, failure.nonRetryable], ['Detached', false]);
    assert.deepEqual(ports.calls('pool', 'close'), []);
    assert.match(await backendLog(), /the build goes on on its builder/);
  });
});

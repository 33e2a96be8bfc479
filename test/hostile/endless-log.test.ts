import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFollowActivities } from '../../src/activities/build/build-follower.js';
import { createResultTree } from '../../src/adapters/result-tree/result-tree.js';
import { createSshShell } from '../../src/adapters/ssh/remote-shell.js';
import type { BuildStorage } from '../../src/ports/build-storage.js';
import { activityContext, activityFailureOf } from '../support/activity.js';
import { givenFacts } from '../support/fake-activities.js';
import { fakePorts } from '../support/fake-ports.js';
import { givenDirectory } from '../support/given-directory.js';
import { buildPath } from '../support/result-paths.js';
import { type HostileBuilder, type RunningBuild, startHostileBuilder } from '../support/hostile-builder.js';
import { eventually } from '../playground/support.js';
import { ActivityCancellationDetails } from '@temporalio/common';

const MIB = 1024 * 1024;
const CUT = /^[^]*\n=== the log is cut here: it is longer than (\d+) bytes \(log_max_bytes\); the build goes on ===\n$/;
const facts = givenFacts();

describe('a log without an end, over ssh', function () {
  this.timeout(120_000);
  let hostile: HostileBuilder;
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let running: RunningBuild | undefined;

  before(async () => {
    hostile = await startHostileBuilder();
  });
  after(() => hostile.remove());
  beforeEach(async () => {
    root = await givenDirectory();
  });
  afterEach(async () => {
    await running?.end();
    running = undefined;
    await root.remove();
  });

  async function givenTree(logMaxBytes: number): Promise<BuildStorage> {
    const tree = createResultTree({ destdir: root.path, logMaxBytes });
    await tree.buildDirectories.prepare(facts, 'run');
    return tree;
  }

  function follow(tree: BuildStorage, env = activityContext()): Promise<{ logBytes: number; timedOut: boolean }> {
    const ports = fakePorts({ ...tree, shell: createSshShell(hostile) });
    const { followBuild } = createFollowActivities(ports.deps);
    const deadline = Math.ceil(Date.now() / 1000) + 3600;
    return env.run(followBuild, { facts, builder: hostile.builder, logBase: 0, deadline });
  }

  const logFile = (): string => join(buildPath(root.path, facts), 'builder-live.log');
  const text = async (): Promise<string> => (await readFile(logFile())).toString('latin1');
  const isCut = async (): Promise<boolean> =>
    (await stat(logFile()).catch(() => ({ size: 0 }))).size > 0 && CUT.test((await text()).slice(-300));

  it('is cut with one line at log_max_bytes, and the build is followed to its end all the same', async () => {
    const tree = await givenTree(3 * MIB);
    running = await hostile.build('exec yes "error: the same again"');
    const following = follow(tree);
    await eventually('the cut', () => isCut(), 30_000);
    const { size } = await stat(logFile());
    await running.end();
    assert.deepEqual(await following, { logBytes: 3 * MIB, timedOut: false });
    const log = await text();
    assert.equal(log.length, size, 'nothing was written behind the cut');
    assert.equal(log.slice(0, 3 * MIB), 'error: the same again\n'.repeat(3 * MIB).slice(0, 3 * MIB));
    assert.equal(CUT.exec(log)?.[1], String(3 * MIB));
  });

  it('stays cut for the next worker, which reads none of it and still sees the end', async () => {
    const tree = await givenTree(MIB);
    running = await hostile.build('exec yes');
    const env = activityContext();
    const first = activityFailureOf(follow(tree, env));
    await eventually('the cut', () => isCut(), 30_000);
    env.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    assert.equal((await first).type, 'Detached');
    const before = await text();
    // The limit may have been raised in between: a log that is cut stays cut.
    const later = createResultTree({ destdir: root.path, logMaxBytes: 5 * MIB });
    const again = follow(later);
    await running.end();
    assert.deepEqual(await again, { logBytes: MIB, timedOut: false });
    assert.equal(await text(), before);
    assert.equal(await running.readers(), 1);
  });

  it('is read on, and thrown away, where the builder cannot tell when the build ends', async () => {
    const tree = await givenTree(1000);
    const words = 'x'.repeat(99);
    running = await hostile.build(`i=0; while [ $i -lt 5000 ]; do echo ${words}; i=$((i+1)); done`);
    const shell = createSshShell(hostile);
    const ports = fakePorts({
      ...tree,
      shell: {
        connect: async (...args) => {
          const session = await shell.connect(...args);
          const cannot = Promise.resolve({ code: 1, signal: null, stdout: '', stderr: 'tail: not found' });
          return { ...session, run: () => cannot };
        },
      },
    });
    const { followBuild } = createFollowActivities(ports.deps);
    const deadline = Math.ceil(Date.now() / 1000) + 3600;
    const end = await activityContext().run(followBuild, { facts, builder: hostile.builder, logBase: 0, deadline });
    assert.deepEqual(end, { logBytes: 1000, timedOut: false });
    assert.match(await text(), CUT);
    assert.equal(await running.readers(), 2);
  });

  it('does not fill the memory, however fast it comes', async () => {
    const limit = 192 * MIB;
    const tree = await givenTree(limit);
    running = await hostile.build(`exec yes ${'x'.repeat(200)}`);
    const before = process.memoryUsage.rss();
    let most = before;
    const looking = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 20);
    try {
      const following = follow(tree);
      await eventually('the cut', () => isAtLeast(limit), 90_000);
      await running.end();
      assert.equal((await following).logBytes, limit);
    } finally {
      clearInterval(looking);
    }
    assert.ok(most - before < limit / 2, `${Math.round((most - before) / MIB)} MiB more for ${limit / MIB} MiB of log`);
  });

  it('arrives byte for byte, whatever the bytes are', async () => {
    const tree = await givenTree(MIB);
    running = await hostile.build(String.raw`printf 'a\377\376\300\200\0\r\033[2Jb\303'`);
    const following = follow(tree);
    await eventually('the log', () => isAtLeast(13));
    await running.end();
    await following;
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0xc0, 0x80, 0, 0x0d, 0x1b, 0x5b, 0x32, 0x4a, 0x62, 0xc3]);
    assert.deepEqual(await readFile(logFile()), bytes);
  });

  async function isAtLeast(bytes: number): Promise<boolean> {
    return (await stat(logFile()).catch(() => ({ size: 0 }))).size >= bytes;
  }
});

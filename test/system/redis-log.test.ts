import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Installation, slowPackage } from '../support/installation.js';
import { givenRedis, type GivenRedis } from '../support/redis-server.js';

const PROGRAM = fileURLToPath(new URL('../../bin/copr-backend-log.mjs', import.meta.url));
const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

/** Real processes: a worker, a Redis, and the daemon that writes the files. */
describe('logs that go through Redis', function () {
  this.timeout(300_000);
  let installation: Installation;
  let redis: GivenRedis;
  let slow: Awaited<ReturnType<typeof slowPackage>>;
  let logDir: string;
  let daemon: ChildProcess;

  before(async () => {
    redis = await givenRedis();
    await redis.start();
    slow = await slowPackage();
    installation = await Installation.create();
    logDir = join(installation.data, 'through-redis');
    await mkdir(logDir);
    await installation.start('--no-examples', '--builders', '1');
    const { redisPort } = redis.place;
    await installation.reconfigure({ log_dir: `${logDir}\nlog_to=redis\nredis_port=${redisPort}` });
    daemon = startDaemon();
  });
  after(async () => {
    if (daemon.exitCode === null) daemon.kill('SIGKILL');
    await installation.remove();
    await redis.remove();
    await slow.remove();
  });

  function startDaemon(): ChildProcess {
    return spawn(process.execPath, [PROGRAM, '--config', join(installation.data, 'copr-be.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  const text = (name: string): string => {
    const file = join(logDir, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const journal = (): string => readFileSync(join(installation.data, 'logs/processes/worker.log'), 'utf8');

  it('lets a build go on as if nothing were while Redis is killed and gone, and its lines follow', async () => {
    const id = await installation.submit(slow.spec, 'ann/slow');
    const taskId = `${id}-${CHROOT}`;
    await installation.until('it builds', () => installation.starts(taskId) === 1);
    await installation.until('the files say so', () => text('worker.log').includes(`[build/${id}:`));
    await redis.kill();
    await slow.letGo();
    await installation.until('the build is over', async () => (await installation.build(id)).over);
    const build = await installation.build(id);
    assert.equal(build.chrootStates[CHROOT], 'succeeded');
    assert.deepEqual(
      Object.values(build.tasks).map(({ terminalReports }) => terminalReports),
      [1, 1],
    );
    assert.equal(installation.starts(taskId), 1);
    await installation.until('the journal tells of it', () => journal().includes('Redis takes no log records'));
    assert.ok(!text('worker.log').includes(`[build/${taskId}:`));

    await redis.start();
    await installation.until('the lines of the outage are there', () =>
      text('worker.log').includes(`[build/${taskId}:`),
    );
    assert.match(journal(), /"dropped":0,[^\n]*"msg":"Redis takes log records again"/);
    assert.match(
      text('build_dispatcher.log'),
      /polled the frontend of=builds polls=\d+ listed=\d+ new=1 gone=\d+ offered=1/,
    );
    assert.match(text('build_dispatcher.log'), new RegExp(`admitted tasks were started .*tasks=${taskId}`));
  });

  it('is written by one daemon of a host, which ends at SIGTERM', async () => {
    const second = startDaemon();
    const [chunk] = (await once(second.stderr ?? second, 'data')) as [Buffer];
    const [status] = (await once(second, 'exit')) as [number];
    assert.equal(status, 1);
    assert.match(chunk.toString(), /another copr-backend-log of this host writes .*: stop it first/);
    daemon.kill('SIGTERM');
    assert.deepEqual(await once(daemon, 'exit'), [0, null]);
    assert.match(text('logger.log'), /the log daemon starts[\s\S]*Redis answers again[\s\S]*the log daemon ended\n$/);
  });
});

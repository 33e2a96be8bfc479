import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.js';
import { createLiveAdmission } from '../../../src/workers/live-admission.js';

type Line = {
  readonly level: 'info' | 'warn';
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

describe('createLiveAdmission', () => {
  let directory: string;
  let configFile: string;
  let lines: Line[];
  let live: ReturnType<typeof createLiveAdmission>;

  const put = (...keys: readonly string[]): Promise<void> =>
    writeFile(configFile, ['[backend]', 'destdir = /srv', 'frontend_auth = hunter2', ...keys, ''].join('\n'));
  const keep =
    (level: Line['level']) =>
    (fields: object, text: string): void =>
      void lines.push({ level, text, fields: fields as Line['fields'] });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'copr-live-'));
    configFile = join(directory, 'copr-be.conf');
    lines = [];
    await put('builds_max_workers = 5', 'sleeptime = 3');
    const { config } = loadConfig(configFile);
    live = createLiveAdmission({ configFile, config, log: { info: keep('info'), warn: keep('warn') } });
  });
  afterEach(async () => {
    live.close();
    await rm(directory, { recursive: true });
  });

  it('is what the configuration said at the start, without reading it again', () => {
    assert.deepEqual(live.current(), {
      builds: {
        ...{ maxWorkers: 5, arch: {}, tag: {}, archPerOwner: {}, sandbox: 10, owner: 20, userSsh: 2 },
        blockedOwners: [],
      },
      actions: { ...live.current().actions, maxWorkers: 10, blockedOwners: [] },
      pause: 3,
      digest: live.current().digest,
    });
    assert.deepEqual(lines, []);
  });

  it('follows the file when it changes, once per change', async () => {
    await put('builds_max_workers = 50', 'builds_max_workers_arch = s390x=2', 'blocked_owners = spammer');
    const { builds, actions, pause } = live.current();
    assert.deepEqual([builds.maxWorkers, builds.arch, pause], [50, { s390x: 2 }, 5]);
    assert.deepEqual([builds.blockedOwners, actions.blockedOwners], [['spammer'], ['spammer']]);
    live.current();
    assert.deepEqual(
      lines.map(({ level, text, fields }) => [level, text, fields['why']]),
      [['info', 'limits read again', 'the file changed']],
    );
  });

  it('follows a file that was put in its place by a rename', async () => {
    const original = configFile;
    configFile = join(directory, 'copr-be.conf.new');
    await put('builds_max_workers = 7', 'sleeptime = 3'); // as long as the old one
    await rename(configFile, original);
    assert.equal(live.current().builds.maxWorkers, 7);
  });

  it('keeps all limits while anything in the file is wrong, says why once, and recovers', async () => {
    await put('builds_max_workers = 50', 'builds_max_workers_owner = 0', 'log_level = loud');
    assert.equal(live.current().builds.maxWorkers, 5);
    live.current();
    assert.deepEqual(
      lines.map(({ level, text }) => [level, text]),
      [['warn', 'configuration is wrong; the limits stay as they were']],
    );
    const { err } = lines[0]?.fields ?? {};
    assert.ok(err instanceof Error);
    assert.match(err.message, /builds_max_workers_owner.*\n.*log_level/);
    assert.doesNotMatch(err.message, /hunter2/);
    await put('builds_max_workers = 50');
    assert.equal(live.current().builds.maxWorkers, 50);
  });

  it('keeps the limits while the file is gone', async () => {
    await rm(configFile);
    assert.equal(live.current().builds.maxWorkers, 5);
    await put('builds_max_workers = 6');
    assert.equal(live.current().builds.maxWorkers, 6);
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['warn', 'info'],
    );
  });

  it('has a digest that tells other limits, and not another order of the same', async () => {
    await put('builds_max_workers_arch = s390x=2, ppc64le=3');
    const one = live.current().digest;
    await put('builds_max_workers_arch = ppc64le=3, s390x=2 ');
    assert.equal(live.current().digest, one);
    await put('builds_max_workers_arch = ppc64le=3, s390x=20');
    assert.notEqual(live.current().digest, one);
  });

  it('reads again on SIGHUP, until it is closed', async () => {
    const heard = once(process, 'SIGHUP');
    process.kill(process.pid, 'SIGHUP');
    await heard;
    assert.deepEqual(
      lines.map(({ fields }) => fields['why']),
      ['SIGHUP'],
    );
    const listeners = process.listenerCount('SIGHUP');
    live.close();
    assert.equal(process.listenerCount('SIGHUP'), listeners - 1);
  });
});

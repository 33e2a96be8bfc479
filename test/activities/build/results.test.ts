import assert from 'node:assert/strict';
import { repositoryChange } from '../../../src/contracts/repository/repository.js';
import { copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createResultActivities } from '../../../src/activities/build/results.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { DownloadResult } from '../../../src/contracts/activities.js';
import type { FileSync } from '../../../src/ports/build/file-sync.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { BuildStorage } from '../../../src/ports/build-storage.js';
import { activityContext } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import { type FakePorts, fakePorts, HOST_KEY, unreachable, type World } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath, stagedPath } from '../../support/result-paths.js';
import { givenRpms } from '../../support/given-rpms.js';
import { refusalOf } from '../../support/rejection.js';

const builder = { ...BUILDER, hostKey: HOST_KEY };
const rpmFacts = givenFacts();
const sourceFacts = givenFacts({ taskId: '7', kind: 'source', chroot: 'srpm-builds', targetDir: '00000007' });

const HELLO = { name: 'hello', epoch: null, version: '1.0', release: '1' };
/** Stands for the content of a real package, hello or evil, noarch. */
const [HELLO_RPM, EVIL_RPM] = ['hello-1.0-1.noarch.rpm', 'evil-1.0-1.noarch.rpm'];
const GOOD_RPM = {
  success: 'done',
  'results.json': JSON.stringify({ packages: [{ ...HELLO, arch: 'noarch' }] }),
  'hello-1.0-1.noarch.rpm': HELLO_RPM,
};
const GOOD_SOURCE = {
  success: 'done',
  'results.json': JSON.stringify({ ...HELLO, architecture_specific_tags: {} }),
  'hello-1.0-1.src.rpm': 'rpm',
};

describe('downloadResults', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let tree: BuildStorage;
  let built: Awaited<ReturnType<typeof givenDirectory>>;

  before(async () => {
    built = await givenDirectory();
    for (const name of ['hello', 'evil']) await givenRpms(built.path, { name });
  });
  after(() => built.remove());

  beforeEach(async () => {
    root = await givenDirectory();
    tree = createResultTree({ destdir: root.path });
  });
  afterEach(() => root.remove());

  /** A builder with these files among its results. */
  function syncing(files: Readonly<Record<string, string>>): FileSync {
    return {
      download: async ({ to }) => {
        let bytes = 0;
        for (const [name, content] of Object.entries(files)) {
          const file = join(stagedPath(root.path, to), name);
          if ([HELLO_RPM, EVIL_RPM].includes(content)) await copyFile(join(built.path, content), file);
          else await writeFile(file, content);
          bytes += (await stat(file)).size;
        }
        return { files: Object.keys(files).length, bytes };
      },
    };
  }

  function given(files: Readonly<Record<string, string>>, world: World = {}): FakePorts {
    return fakePorts({ ...tree, sync: syncing(files), ...world });
  }

  async function download(ports: FakePorts, facts = rpmFacts, log: string | null = null): Promise<DownloadResult> {
    await tree.buildDirectories.prepare(facts, 'run');
    await rm(join(buildPath(root.path, facts), '.downloaded'), { force: true });
    if (log !== null) await writeFile(join(buildPath(root.path, facts), 'builder-live.log'), log);
    return downloadAgain(ports, facts);
  }

  /** After an earlier attempt of the same activity. */
  function downloadAgain(ports: FakePorts, facts = rpmFacts): Promise<DownloadResult> {
    const { downloadResults } = createResultActivities(ports.deps);
    return activityContext().run(downloadResults, { facts, builder });
  }

  it("goes on with what an earlier attempt brought: the builder may be another build's by now", async () => {
    const first = await download(given(GOOD_RPM));
    const ports = given({ 'results.json': 'of somebody else' });
    const second = await downloadAgain(ports);
    assert.deepEqual(second, first);
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
  });

  it('downloads again what is not whole any more', async () => {
    const first = await download(given(GOOD_RPM));
    await writeFile(join(stagedPath(root.path, { ...rpmFacts, staging: first.staging }), 'hello-1.0-1.noarch.rpm'), '');
    const second = await downloadAgain(given(GOOD_RPM));
    assert.notEqual(second.staging, first.staging);
    assert.ok(second.built);
  });

  it('brings the results into a directory of its own, releases the builder, and shows nobody anything yet', async () => {
    const ports = given(GOOD_RPM);
    const result = await download(ports);
    assert.ok(result.built);
    assert.deepEqual([result.packages, result.released], [1, true]);
    assert.deepEqual(
      (await readdir(stagedPath(root.path, { ...rpmFacts, staging: result.staging }))).sort(),
      Object.keys(GOOD_RPM).sort(),
    );
    assert.deepEqual(
      (await readdir(buildPath(root.path, rpmFacts))).filter((name) => name.endsWith('.rpm')),
      [],
    );
    assert.deepEqual(ports.calls('pool', 'close'), [[17]]);
  });

  it('takes the results from the builder that built them, with the bounds of the configuration', async () => {
    const ports = given(GOOD_RPM);
    await download(ports);
    const [[request] = []] = ports.calls('sync', 'download');
    assert.deepEqual(
      [request?.from.hostKey, request?.source, request?.maxBytes],
      [HOST_KEY, '/var/lib/copr-rpmbuild/results', 1_000_000],
    );
    assert.equal(request?.buildId, 7);
  });

  it('says why a package does not build: its log knows', async () => {
    const log = ['hello.c:3: error: x undeclared', 'RPM build errors:', '    Bad exit status from /x (%build)'].join(
      '\n',
    );
    const ports = given({ 'builder.log': 'x' }, {});
    const result = await download(ports, rpmFacts, log);
    assert.ok(!result.built);
    assert.deepEqual(result.failure, { code: 'PackageFailed', message: 'in %build: hello.c:3: error: x undeclared' });
    assert.equal(result.released, true);
  });

  it('finds the reason at the end of a log that is larger than anyone wants to read', async () => {
    const log = `error: an old story\n${'x'.repeat(200_000)}\nconfigure: error: no compiler\n`;
    const result = await download(given({}), rpmFacts, log);
    assert.ok(!result.built);
    assert.equal(result.failure.message, 'configure: error: no compiler');
  });

  it('calls a package failed that left no log either', async () => {
    const result = await download(given({}));
    assert.ok(!result.built);
    assert.deepEqual(result.failure, { code: 'PackageFailed', message: 'the build log is empty' });
  });

  const refused: readonly (readonly [what: string, files: Readonly<Record<string, string>>, message: RegExp])[] = [
    ['has no results.json', { success: '', 'hello-1.0-1.noarch.rpm': '' }, /results\.json is missing/],
    ['has a results.json that is no JSON', { ...GOOD_RPM, 'results.json': '{' }, /not JSON/],
    ['has a results.json of another shape', { ...GOOD_RPM, 'results.json': '{"packages":{}}' }, /packages/],
    [
      'brings an RPM that nobody named, under whatever name',
      { ...GOOD_RPM, 'hello-2.noarch.rpm': EVIL_RPM },
      /does not name the contents of hello-2\.noarch\.rpm/,
    ],
    ['brings an RPM that is none', { ...GOOD_RPM, 'evil-1-1.x86_64.rpm': '' }, /cannot be read: evil-1-1\.x86_64\.rpm/],
    [
      'names a package by a path',
      { ...GOOD_RPM, 'results.json': JSON.stringify({ packages: [{ ...HELLO, name: '../x', arch: 'noarch' }] }) },
      /packages\.0\.name/,
    ],
  ];
  for (const [what, files, message] of refused) {
    it(`refuses a build that ${what}, and goes on to report it`, async () => {
      const result = await download(given(files));
      assert.ok(!result.built);
      assert.equal(result.failure.code, 'ResultsInvalid');
      assert.match(result.failure.message, message);
    });
  }

  it('takes a source package with its spec', async () => {
    const result = await download(given(GOOD_SOURCE), sourceFacts);
    assert.ok(result.built);
    assert.equal(result.packages, 1);
  });

  it('refuses a source build without a source package', async () => {
    const { success, 'results.json': json } = GOOD_SOURCE;
    const result = await download(given({ success, 'results.json': json }), sourceFacts);
    assert.ok(!result.built);
    assert.deepEqual(result.failure, { code: 'ResultsInvalid', message: 'the build left no source RPM' });
  });

  it('refuses a name that the frontend cannot store', async () => {
    for (const [length, built] of [
      [100, true],
      [101, false],
    ] as const) {
      const json = JSON.stringify({ ...HELLO, name: 'x'.repeat(length) });
      const result = await download(given({ ...GOOD_SOURCE, 'results.json': json }), sourceFacts);
      assert.equal(result.built, built);
      if (!result.built) assert.equal(result.failure.code, 'PackageNameTooLong');
    }
  });

  it('does not lose the results because the ticket cannot be closed; the workflow hears of it', async () => {
    const ports = given(GOOD_RPM, { pool: { close: () => Promise.reject(new Error('down')) } });
    const result = await download(ports);
    assert.deepEqual([result.built, result.released], [true, false]);
  });

  it('tries a broken transfer again before the build moves to another machine, keeping the ticket', async () => {
    const broken = new PortFailure('DownloadFailed', 'rsync exited with 12', { retryable: true });
    const good = syncing(GOOD_RPM);
    let failures = 0;
    const flaky = given(
      {},
      { sync: { download: (r) => (failures++ < 2 ? Promise.reject(broken) : good.download(r)) } },
    );
    assert.equal((await inFastTime(() => download(flaky))).built, true);
    const dead = given({}, { sync: { download: () => Promise.reject(broken) } });
    assert.equal(await refusalOf(inFastTime(() => download(dead))), broken);
    assert.equal(dead.calls('sync', 'download').length, 3);
    assert.deepEqual(dead.calls('pool', 'close'), []);
  });

  it('waits for a builder that is cut off for a moment, as while it builds', async () => {
    const good = syncing(GOOD_RPM);
    let until: number | undefined;
    const cut: FileSync = {
      download: (request) => {
        until ??= Date.now() + 15_000;
        return Date.now() < until ? Promise.reject(unreachable()) : good.download(request);
      },
    };
    assert.equal((await inFastTime(() => download(given({}, { sync: cut })))).built, true);
  });

  it('gives a builder up that refuses connections, and one that Resalloc declares dead', async () => {
    const sync = { download: () => Promise.reject(unreachable('refused', true)) };
    const refusing = given({}, { sync });
    assert.equal((await refusalOf(inFastTime(() => download(refusing)))).code, 'BuilderUnreachable');
    assert.ok(refusing.calls('sync', 'download').length < 15, 'ten seconds are enough');
    const dead = given({}, { sync, pool: { collect: () => Promise.resolve({ state: 'failed', hadBuilder: true }) } });
    await assert.rejects(
      inFastTime(() => download(dead)),
      { type: 'BuilderLost' },
    );
    assert.equal(dead.calls('sync', 'download').length, 1);
  });

  it('does not ask a second time for results that are too large', async () => {
    const large = new PortFailure('ResultsTooLarge', '65 GiB', { retryable: false });
    const ports = given({}, { sync: { download: () => Promise.reject(large) } });
    assert.equal(await refusalOf(download(ports)), large);
    assert.equal(ports.calls('sync', 'download').length, 1);
  });

  it('gives every attempt a directory of its own', async () => {
    const [first, second] = [await download(given(GOOD_RPM)), await download(given(GOOD_RPM))];
    assert.notEqual(first.staging, second.staging);
  });
});

describe('deliverResults', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let tree: BuildStorage;

  beforeEach(async () => {
    root = await givenDirectory();
    tree = createResultTree({ destdir: root.path });
  });
  afterEach(() => root.remove());

  async function deliver(facts = rpmFacts, publish: { readonly requestId: string } | null = null): Promise<FakePorts> {
    const ports = fakePorts({ ...tree });
    const staging = await tree.stagingArea.create(facts);
    const directory = stagedPath(root.path, { ...facts, staging });
    await mkdir(join(directory, 'fedora-review'));
    for (const [name, content] of Object.entries(GOOD_RPM)) await writeFile(join(directory, name), content);
    const { deliverResults } = createResultActivities(ports.deps);
    const input = { facts, staging, publish };
    await activityContext().run(deliverResults, input);
    await activityContext({ attempt: 2 }).run(deliverResults, input);
    return ports;
  }

  it('moves the results into their place, twice as well as once, and asks for them to be indexed', async () => {
    const ports = await deliver(rpmFacts, { requestId: 'p' });
    const names = (await readdir(buildPath(root.path, rpmFacts))).filter((name) => !name.startsWith('.')).sort();
    assert.deepEqual(names, ['backend.log', 'fedora-review', 'hello-1.0-1.noarch.rpm', 'results.json', 'success']);
    const [[repository, request] = []] = ports.calls('messages', 'requestChange');
    assert.deepEqual(repository, { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' });
    assert.deepEqual(request?.change, repositoryChange('change', { add: ['00000007-hello'] }));
    assert.equal(request.requestId, 'p');
  });

  it('keeps a build of a project with manual createrepo in the devel repository', async () => {
    const ports = await deliver({ ...rpmFacts, usesDevelRepo: true }, { requestId: 'p' });
    const [request] = ports.calls('messages', 'requestChange');
    assert.deepEqual(request?.[1].change, repositoryChange('change', { add: ['00000007-hello'], devel: true }));
  });

  it('asks no repository for a source build', async () => {
    assert.deepEqual((await deliver(sourceFacts)).calls('messages', 'requestChange'), []);
  });
});

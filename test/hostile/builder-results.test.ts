import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, lstat, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFinishActivities } from '../../src/activities/build/build-end.js';
import { createResultActivities } from '../../src/activities/build/results.js';
import { createSignActivities } from '../../src/activities/signing/signatures.js';
import { createResultTree } from '../../src/adapters/result-tree/result-tree.js';
import { createRsync } from '../../src/adapters/rsync/download.js';
import { createFileSync } from '../../src/adapters/rsync/file-sync.js';
import type { DownloadResult } from '../../src/contracts/activities.js';
import type { BuildFacts, BuildOutcome } from '../../src/contracts/build/build.js';
import { isFailureCode } from '../../src/contracts/failures/failure-codes.js';
import type { BuildStorage } from '../../src/ports/build-storage.js';
import { ApplicationFailure } from '@temporalio/common';
import { mapFailures } from '../../src/activities/failure-mapping.js';
import { activityContext } from '../support/activity.js';
import { givenFacts } from '../support/fake-activities.js';
import { fakePorts, type FakePorts } from '../support/fake-ports.js';
import { givenDirectory } from '../support/given-directory.js';
import { buildPath } from '../support/result-paths.js';
import { givenRpms } from '../support/given-rpms.js';
import { type HostileBuilder, startHostileBuilder } from '../support/hostile-builder.js';

const MIB = 1024 * 1024;
const LIMIT = 512 * MIB;
const facts = givenFacts();
const HELLO = { name: 'hello', epoch: null, version: '1.0', release: '1', arch: 'noarch' };
const RPM = 'hello-1.0-1.noarch.rpm';

/** A results.json beside a success marker and one RPM, from which every case starts. */
type Case = readonly [what: string, make: (results: string) => Promise<unknown>, code: string, says: RegExp];

const packages = (...names: readonly object[]): string => JSON.stringify({ packages: names });

const REFUSED: readonly Case[] = [
  [
    'a file of 10 GB that is a hole',
    async (results) => {
      await writeFile(join(results, 'core'), '');
      await truncate(join(results, 'core'), 10_000_000_000);
    },
    'ResultsTooLarge',
    /1000000\d+ bytes, more than the 536870912 allowed; the biggest is "core"/,
  ],
  [
    'a pipe',
    (results) => Promise.resolve(execFileSync('mkfifo', [join(results, 'pipe')])),
    'ResultsInvalid',
    /"pipe" is neither a file, a directory nor a link/,
  ],
  [
    'a name with a line feed',
    (results) => writeFile(join(results, 'a\nb.rpm'), ''),
    'ResultsInvalid',
    /characters that do not print/,
  ],
  [
    'a results.json of 200 MB',
    (results) => truncate(join(results, 'results.json'), 200_000_000),
    'ResultsInvalid',
    /larger than 16 MiB/,
  ],
  [
    'a results.json that nests without end',
    (results) => writeFile(join(results, 'results.json'), '['.repeat(5 * MIB)),
    'ResultsInvalid',
    /nested deeper than 32 levels/,
  ],
  [
    'a results.json that is a list',
    (results) => writeFile(join(results, 'results.json'), '[1, 2]'),
    'ResultsInvalid',
    /results\.json is wrong/,
  ],
  [
    'a results.json that is a directory',
    async (results) => {
      execFileSync('rm', [join(results, 'results.json')]);
      await mkdir(join(results, 'results.json'));
    },
    'ResultsInvalid',
    /results\.json is not a file/,
  ],
  [
    'a results.json that is a link to another file',
    async (results) => {
      await writeFile(join(results, 'other.json'), packages(HELLO));
      execFileSync('rm', [join(results, 'results.json')]);
      await symlink('other.json', join(results, 'results.json'));
    },
    'ResultsInvalid',
    /results\.json is not a file/,
  ],
  [
    'a package whose name leads upwards',
    (results) => writeFile(join(results, 'results.json'), packages({ ...HELLO, name: '../../../hello' })),
    'ResultsInvalid',
    /packages\.0\.name/,
  ],
  [
    'a package whose name is a command',
    (results) => writeFile(join(results, 'results.json'), packages({ ...HELLO, version: '1$(touch pwned)' })),
    'ResultsInvalid',
    /packages\.0\.version/,
  ],
  [
    'a package with a name of 300 characters',
    (results) => writeFile(join(results, 'results.json'), packages({ ...HELLO, name: 'x'.repeat(300) })),
    'ResultsInvalid',
    /packages\.0\.name/,
  ],
  [
    'an epoch that no database column holds',
    (results) => writeFile(join(results, 'results.json'), packages({ ...HELLO, epoch: 4_000_000_000 })),
    'ResultsInvalid',
    /packages\.0\.epoch/,
  ],
  [
    'an RPM that results.json does not name',
    (results) => givenRpms(results, { name: 'openssl', fileName: RPM.replace('hello', 'hello-again') }),
    'ResultsInvalid',
    /results\.json does not name the contents of hello-again-1\.0-1\.noarch\.rpm, openssl-1\.0-1\.src\.rpm/,
  ],
  [
    'an RPM that is none',
    (results) => writeFile(join(results, 'openssl-9-1.x86_64.rpm'), 'evil'),
    'ResultsInvalid',
    /these packages cannot be read: openssl-9-1\.x86_64\.rpm/,
  ],
  [
    'an RPM whose name hides in a log',
    (results) => writeFile(join(results, 'a\u202empr.1.rpm'), 'evil'),
    'ResultsInvalid',
    /characters that do not print|no package may be called/,
  ],
  [
    'an RPM whose name is an option',
    (results) => writeFile(join(results, '--eval=%(id).rpm'), 'evil'),
    'ResultsInvalid',
    /no package may be called "--eval=%\(id\)\.rpm"/,
  ],
  [
    'a link that is called like a named RPM',
    async (results) => {
      await writeFile(join(results, 'payload'), 'evil');
      await writeFile(join(results, 'results.json'), packages(HELLO, { ...HELLO, name: 'bye' }));
      await symlink('payload', join(results, 'bye-1.0-1.x86_64.rpm'));
    },
    'ResultsInvalid',
    /these packages cannot be read: bye-1\.0-1\.x86_64\.rpm/,
  ],
  [
    'a success marker that is a directory',
    async (results) => {
      execFileSync('rm', [join(results, 'success')]);
      await mkdir(join(results, 'success'));
    },
    'PackageFailed',
    /the build log is empty/,
  ],
];

describe('results of a hostile builder, over ssh and rsync', function () {
  this.timeout(120_000);
  let hostile: HostileBuilder;
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  let tree: BuildStorage;
  let ports: FakePorts;
  let built: Awaited<ReturnType<typeof givenDirectory>>;

  before(async () => {
    hostile = await startHostileBuilder();
    built = await givenDirectory();
    await givenRpms(built.path, { name: 'hello' });
  });
  after(async () => {
    await hostile.remove();
    await built.remove();
  });

  beforeEach(async () => {
    await hostile.reset();
    await writeFile(join(hostile.results, 'success'), 'done');
    await writeFile(join(hostile.results, 'results.json'), packages(HELLO));
    await copyFile(join(built.path, RPM), join(hostile.results, RPM));
    home = await givenDirectory();
    await mkdir(join(home.path, 'results'));
    tree = createResultTree({ destdir: join(home.path, 'results') });
    await givenNeighbour();
    const rsync = createRsync({ ...hostile, stateDir: join(home.path, 'state') });
    const sync = createFileSync({ destdir: join(home.path, 'results'), rsync });
    ports = fakePorts({ ...tree, sync, settings: { resultsMaxBytes: LIMIT } });
  });
  afterEach(() => home.remove());

  /** A build of the same chroot, and a file outside the tree: they stay as they are, whatever comes. */
  async function givenNeighbour(): Promise<void> {
    const place = givenFacts({ targetDir: '00000006-other' });
    await tree.buildDirectories.prepare(place, 'run');
    await writeFile(join(buildPath(join(home.path, 'results'), place), 'other-1-1.noarch.rpm'), 'other');
    await writeFile(join(home.path, 'secret'), 'secret', { mode: 0o600 });
  }

  /** Everything below the test's directory but the build's own, with its content. */
  async function surroundings(): Promise<readonly string[]> {
    const own = buildPath(join(home.path, 'results'), facts);
    const entries = await readdir(home.path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const others = files.filter((file) => !file.startsWith(`${own}/`) && !file.includes('/.staging/')).sort();
    return Promise.all(others.map(async (file) => `${file}: ${await readFile(file, 'utf8')}`));
  }

  /** Treats the results of a build like the workflow: takes them, signs them, or reports why not. */
  async function takeResults(of: BuildFacts = facts): Promise<BuildOutcome> {
    const { downloadResults } = mapFailures(createResultActivities(ports.deps));
    const { signResults } = mapFailures(createSignActivities(ports.deps));
    const { finishBuild } = createFinishActivities(ports.deps);
    await tree.buildDirectories.prepare(of, 'run');
    let staging: string | null = null;
    let outcome: BuildOutcome;
    try {
      const result: DownloadResult = await activityContext().run(downloadResults, {
        facts: of,
        builder: hostile.builder,
      });
      staging = result.staging;
      if (!result.built) outcome = { result: 'failed', failure: result.failure };
      else {
        await activityContext().run(signResults, { facts: of, staging: result.staging });
        return { result: 'succeeded', packages: result.packages };
      }
    } catch (error) {
      assert.ok(error instanceof ApplicationFailure && error.nonRetryable === true, String(error));
      assert.ok(isFailureCode(error.type), String(error.type));
      outcome = { result: 'failed', failure: { code: error.type, message: error.message } };
    }
    const { taskId, kind } = of;
    await activityContext().run(finishBuild, {
      ...{ facts: of, taskId, kind, outcome, startedOn: 0, endedOn: 1, staging, isCancelAsked: false },
    });
    return outcome;
  }

  for (const [what, make, code, says] of REFUSED) {
    it(`are refused with ${what}`, async () => {
      await make(hostile.results);
      const before = await surroundings();
      const rss = process.memoryUsage.rss();
      const outcome = await takeResults();
      assert.ok(outcome.result === 'failed');
      assert.equal(outcome.failure.code, code);
      assert.match(outcome.failure.message, says);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(outcome.failure.message, /[\u0000-\u001f]/, 'one line');
      assert.ok(outcome.failure.message.length < 1000);
      assert.deepEqual(ports.calls('signer', 'sign'), []);
      assert.deepEqual(ports.calls('frontend', 'reportBuild').length, 1);
      const [report] = ports.calls('frontend', 'reportBuild')[0] ?? assert.fail();
      assert.deepEqual([report.status, report.built], ['failed', undefined]);
      assert.deepEqual(await surroundings(), before);
      const left = await readdir(buildPath(join(home.path, 'results'), facts), { recursive: true });
      assert.deepEqual(
        left.filter((name) => name.endsWith('.rpm') || name === 'success'),
        [],
      );
      assert.deepEqual(await readdir(join(buildPath(join(home.path, 'results'), facts), '../../.staging')), []);
      assert.ok(process.memoryUsage.rss() - rss < 100 * MIB, 'memory stays flat');
    });
  }

  it('are refused with a device', async function () {
    if (process.getuid?.() !== 0) this.skip();
    execFileSync('mknod', [join(hostile.results, 'disk'), 'b', '7', '0']);
    const outcome = await takeResults();
    assert.ok(outcome.result === 'failed');
    assert.match(outcome.failure.message, /"disk" is neither a file, a directory nor a link/);
  });

  it('leave links that lead out of the build behind, to files, to directories, and by detours', async () => {
    const { results } = hostile;
    await mkdir(join(results, 'sub'));
    await symlink(join(home.path, 'secret'), join(results, 'absolute'));
    await symlink('../../../../../../../../../../etc/passwd', join(results, 'sub/up'));
    await symlink('/', join(results, 'root'));
    await symlink('.', join(results, 'sub/here'));
    await symlink('here/../../../secret', join(results, 'sub/detour'));
    await symlink(RPM, join(results, 'inner'));
    const before = await surroundings();
    const outcome = await takeResults();
    assert.deepEqual(outcome, { result: 'succeeded', packages: 1 });
    const { deliverResults } = createResultActivities(ports.deps);
    const [name = ''] = await readdir(join(buildPath(join(home.path, 'results'), facts), '../../.staging'));
    await activityContext().run(deliverResults, { facts, staging: name, publish: null });
    const links: string[] = [];
    for (const entry of await readdir(buildPath(join(home.path, 'results'), facts), { recursive: true })) {
      if ((await lstat(join(buildPath(join(home.path, 'results'), facts), entry))).isSymbolicLink()) links.push(entry);
    }
    assert.deepEqual(links, ['inner']);
    assert.deepEqual(await surroundings(), before);
  });

  it('cannot take the place of the backend’s own files', async () => {
    const own = ['backend.log', 'builder-live.log', 'build.info', '.run', '.follower', '.delivered'];
    for (const name of own) await writeFile(join(hostile.results, name), 'forged');
    await mkdir(join(hostile.results, 'prev_build_backup'));
    await writeFile(join(hostile.results, 'prev_build_backup/builder-live.log'), 'forged');
    await takeResults();
    const { deliverResults } = createResultActivities(ports.deps);
    const [name = ''] = await readdir(join(buildPath(join(home.path, 'results'), facts), '../../.staging'));
    await activityContext().run(deliverResults, { facts, staging: name, publish: null });
    for (const file of await readdir(buildPath(join(home.path, 'results'), facts))) {
      const path = join(buildPath(join(home.path, 'results'), facts), file);
      if ((await lstat(path)).isFile()) assert.notEqual(await readFile(path, 'utf8'), 'forged', file);
    }
    assert.deepEqual(
      (await readdir(buildPath(join(home.path, 'results'), facts))).filter((file) => file === 'prev_build_backup'),
      [],
    );
  });

  it('are taken with the names that rpm gives, however unusual: a macro is known in the target alone', async () => {
    await hostile.reset();
    await writeFile(join(hostile.results, 'success'), 'done');
    const release = '2.x%{macro}';
    const files = await givenRpms(hostile.results, { name: 'odd', release, fileName: 'any=%{NAME},x.rpm' });
    const odd = { ...HELLO, name: 'odd', release };
    await writeFile(join(hostile.results, 'results.json'), packages(odd, { ...odd, arch: 'src' }));
    assert.deepEqual(await takeResults(), { result: 'succeeded', packages: 2 });
    const [signed] = ports.calls('signer', 'sign')[0] ?? assert.fail();
    assert.deepEqual(signed.packages.flatMap(({ rpms }) => rpms).sort(), files);
    await writeFile(join(hostile.results, 'results.json'), JSON.stringify({ ...odd, architecture_specific_tags: {} }));
    const source = givenFacts({ taskId: '8', kind: 'source', chroot: 'srpm-builds', targetDir: '00000008' });
    assert.deepEqual(await takeResults(source), { result: 'succeeded', packages: 2 });
  });

  it('are signed at their top only: an RPM in a directory of theirs is not', async () => {
    await mkdir(join(hostile.results, 'sub'));
    await writeFile(join(hostile.results, 'sub/hidden-1-1.noarch.rpm'), 'evil');
    assert.deepEqual(await takeResults(), { result: 'succeeded', packages: 1 });
    const [signed] = ports.calls('signer', 'sign')[0] ?? assert.fail();
    assert.deepEqual(
      signed.packages.flatMap(({ rpms }) => rpms),
      [RPM],
    );
  });

  it('of a source build whose tags the frontend could not take apart are refused', async () => {
    const source = givenFacts({ taskId: '7', kind: 'source', chroot: 'srpm-builds', targetDir: '00000007' });
    await writeFile(join(hostile.results, 'hello-1.0-1.src.rpm'), 'srpm');
    for (const tags of [{ 'fedora-44': 5 }, { 'fedora-44': { exclusivearch: 'x86_64' } }, ['fedora-44'], 'all']) {
      const json = JSON.stringify({ ...HELLO, architecture_specific_tags: tags });
      await writeFile(join(hostile.results, 'results.json'), json);
      const outcome = await takeResults(source);
      assert.ok(outcome.result === 'failed');
      assert.match(outcome.failure.message, /architecture_specific_tags/);
    }
  });

  it('of a source build with a name the frontend cannot store are reported without the name', async () => {
    const source = givenFacts({ taskId: '7', kind: 'source', chroot: 'srpm-builds', targetDir: '00000007' });
    await writeFile(join(hostile.results, 'results.json'), JSON.stringify({ ...HELLO, name: 'x'.repeat(101) }));
    await writeFile(join(hostile.results, 'hello-1.0-1.src.rpm'), 'srpm');
    const outcome = await takeResults(source);
    assert.ok(outcome.result === 'failed');
    assert.equal(outcome.failure.code, 'PackageNameTooLong');
    const [report] = ports.calls('frontend', 'reportBuild')[0] ?? assert.fail();
    assert.deepEqual([report.status, report.built], ['failed', undefined]);
  });
});

import assert from 'node:assert/strict';
import { appendFile, copyFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createForkBuilds } from '../../../src/activities/project/fork.js';
import { createBuildCopies } from '../../../src/adapters/build-copies/build-copies.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { createGpgSigner, type GpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTreeSigner } from '../../../src/adapters/result-tree/signer.js';
import type { ForkedBuild } from '../../../src/contracts/action/action.js';
import type { CopiedSlice } from '../../../src/contracts/project/copies.js';
import type { ActivityDependencies } from '../../../src/activities/dependencies.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext } from '../../support/activity.js';
import { checksums } from '../../support/checksums.js';
import { mortal } from '../../support/mortal.js';
import { fakePorts, withTree } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { NOTHING } from '../../support/given-repository.js';
import { givenRpms } from '../../support/given-rpms.js';

const SOURCE = { owner: 'jdoe', project: 'hello' };
const FORK = { owner: 'alice', project: 'mine' };
const CHROOT = 'fedora-42-x86_64';
const OLD = 'fedora-26-x86_64';
const BUILDS: readonly ForkedBuild[] = [
  { chroot: CHROOT, from: '00000001-a', to: '00000011-a' },
  { chroot: CHROOT, from: '00000002-b', to: '00000012-b' },
  { chroot: OLD, from: '00000001-a', to: '00000011-a' },
  { chroot: 'srpm-builds', from: '00000001', to: '00000011' },
];

describe('forkBuilds', function () {
  this.timeout(180_000);
  let world: Awaited<ReturnType<typeof givenDirectory>>;
  let packages: Readonly<Record<string, readonly string[]>>;
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let results: string;
  let signer: GpgSigner;

  before(async () => {
    world = await givenDirectory();
    signer = createGpgSigner({ home: path.join(world.path, 'keys'), signDomain: 'example.org' });
    for (const project of [SOURCE, FORK]) await signer.ensureKey(project);
    const made: Record<string, readonly string[]> = {};
    for (const name of ['a', 'b']) {
      const directory = path.join(world.path, name);
      await mkdir(directory);
      made[name] = (await givenRpms(directory, { name })).map((file) => path.join(directory, file));
      await signer.sign({ project: SOURCE, digest: 'sha256', files: made[name] });
    }
    packages = made;
  });
  after(async () => {
    await signer.close();
    await world.remove();
  });
  beforeEach(async () => {
    root = await givenDirectory();
    results = path.join(root.path, 'results');
    for (const { chroot, from } of BUILDS) await givenBuild(chroot, from);
  });
  afterEach(() => root.remove());

  async function givenBuild(chroot: string, name: string, dirname = 'hello'): Promise<string> {
    const directory = path.join(results, 'jdoe', dirname, chroot, name);
    await mkdir(directory, { recursive: true });
    const files = (packages[name.slice(9)] ?? packages['a'] ?? []).filter(
      (file) => chroot !== 'srpm-builds' || file.endsWith('.src.rpm'),
    );
    for (const file of files) await copyFile(file, path.join(directory, path.basename(file)));
    for (const name of ['success', 'build.info', 'backend.log.gz']) await writeFile(path.join(directory, name), name);
    return directory;
  }

  function portsOf(world: Parameters<typeof fakePorts>[0] = {}): ActivityDependencies {
    const { packageCopies, ...tree } = createResultTree({ destdir: results });
    const { deps } = fakePorts({ messages: { isOpen: () => Promise.resolve(false) }, ...world });
    return withTree(
      { ...deps, ...tree, signer: createTreeSigner({ destdir: results, files: signer }) },
      { packageCopies, copies: createBuildCopies({ destdir: results }) },
    );
  }

  function fork(
    options: { builds?: readonly ForkedBuild[]; sign?: boolean; deps?: ActivityDependencies; attempt?: number } = {},
  ): Promise<CopiedSlice> {
    const { builds = BUILDS, sign = true, deps = portsOf(), attempt = 1 } = options;
    const input = { source: SOURCE, destination: FORK, builds: { items: builds, file: null }, sign };
    return activityContext({ attempt }).run(createForkBuilds(deps), { ...input, actionId: 5, first: 0, atMost: 100 });
  }

  const placeOf = ({ chroot, to }: ForkedBuild): string => path.join(results, 'alice/mine', chroot, to);

  async function rpmsOf(build: ForkedBuild): Promise<readonly string[]> {
    const names = (await readdir(placeOf(build))).filter((name) => name.endsWith('.rpm'));
    return names.map((name) => path.join(placeOf(build), name));
  }

  /** Every package of the fork has a good signature of its key, and no other. */
  async function isSigned(builds: readonly ForkedBuild[] = BUILDS): Promise<void> {
    for (const build of builds) {
      const files = await rpmsOf(build);
      assert.equal(files.length, build.chroot === 'srpm-builds' ? 1 : 2);
      await signer.verify({ project: FORK, digest: build.chroot === OLD ? 'sha1' : 'sha256', files });
    }
    assert.deepEqual(await readdir(path.join(results, 'alice/mine/.staging')), []);
  }

  it('signs copies with the key of the fork, each chroot with its digest, and leaves the source as it is', async () => {
    const before = await checksums(path.join(results, 'jdoe'));
    const slice = await fork();
    assert.deepEqual({ ...slice, bytes: 0 }, { ...NOTHING_BUT, copied: 4 });
    assert.ok(slice.bytes > 0);
    await isSigned();
    assert.deepEqual(await checksums(path.join(results, 'jdoe')), before);
    const [one, other] = await Promise.all(
      [
        path.join(results, 'jdoe/hello', CHROOT, '00000001-a'),
        path.join(results, 'alice/mine', CHROOT, '00000011-a'),
      ].map((directory) => stat(path.join(directory, 'success'))),
    );
    assert.equal(one?.ino, other?.ino, 'what nobody writes to costs nothing');
  });

  it('is a repository that dnf installs from with gpgcheck=1 and nothing but the key of the fork', async () => {
    await fork();
    const tree = createResultTree({ destdir: results });
    await tree.projectKeys.write({ owner: 'alice', dirname: 'mine' }, await signer.publicKey(FORK));
    const indexer = createCreaterepoIndexer({
      destdir: results,
      resultsBaseurl: 'http://results.example',
      graceHours: 1,
    });
    const published = await indexer.publish(
      { owner: 'alice', dirname: 'mine', chroot: CHROOT },
      { ...NOTHING, full: true },
      {},
    );
    assert.equal(published.packages, 4);
    const place = (name: string): string => path.join(root.path, 'dnf', name);
    await mkdir(place('etc'), { recursive: true });
    const kept = ['cachedir', 'logdir', 'persistdir', 'reposdir', 'varsdir'].map((key) => `${key}=${place(key)}\n`);
    await writeFile(place('dnf.conf'), `[main]\nplugins=0\nmetadata_expire=0\n${kept.join('')}`);
    const install = (project: string): ReturnType<typeof runCommand> =>
      runCommand(
        'dnf',
        [
          ...['-y', '-c', place('dnf.conf'), '--releasever=42', '--forcearch=x86_64'],
          ...[`--installroot=${place(`root-${project}`)}`, `--repofrompath=x,file://${results}/alice/mine/${CHROOT}`],
          ...['--repo=x', '--setopt=x.gpgcheck=1', `--setopt=x.gpgkey=file://${place(project)}`, 'install', 'a', 'b'],
        ],
        { timeoutMs: 120_000 },
      );
    await writeFile(place('fork'), await signer.publicKey(FORK));
    await writeFile(place('source'), await signer.publicKey(SOURCE));
    const good = await install('fork');
    assert.equal(good.code, 0, good.stdout + good.summary);
    const bad = await install('source');
    assert.notEqual(bad.code, 0, 'the key of the source is of no use');
    assert.match(bad.stdout + bad.stderr, /GPG|not installed/);
  });

  it('touches nothing when it is done again', async () => {
    await fork();
    const inodes = async (): Promise<readonly number[]> =>
      (await Promise.all((await Promise.all(BUILDS.map(rpmsOf))).flat().map((file) => stat(file)))).map((s) => s.ino);
    const before = await inodes();
    assert.deepEqual(await fork(), { ...NOTHING_BUT, standing: 4 });
    assert.deepEqual(await inodes(), before);
  });

  it('signs anew what stands there with another signature, unless a build is at work there', async () => {
    await fork();
    const [build = assert.fail()] = BUILDS;
    const [file = ''] = await rpmsOf(build);
    await signer.unsign({ files: [file] });
    const atWork = portsOf({ messages: { isOpen: (id) => Promise.resolve(id === `build/11-${CHROOT}`) } });
    assert.equal((await fork({ deps: atWork })).standing, 4);
    await assert.rejects(isSigned(), { code: 'SignatureInvalid' });
    assert.equal((await fork()).standing, 4);
    await isSigned();
  });

  it('takes all signatures away where nothing is signed', async () => {
    assert.equal((await fork({ sign: false })).copied, 4);
    for (const build of BUILDS) {
      const files = await rpmsOf(build);
      const lacking = await signer.lacking({ project: SOURCE, digest: 'sha256', files });
      assert.deepEqual(lacking, files);
      for (const file of files) {
        const shown = await runCommand('rpm', ['-qp', '--nosignature', '--qf', '%{RSAHEADER:pgpsig}', file], {
          timeoutMs: 30_000,
        });
        assert.equal(shown.stdout, '(none)');
      }
    }
  });

  it('says what is missing and what cannot be signed, and goes on with the others', async () => {
    const broken = await givenBuild(CHROOT, '00000003-a');
    await appendFile(path.join(broken, path.basename(packages['a']?.[0] ?? '')), 'x');
    const more: readonly ForkedBuild[] = [
      { chroot: CHROOT, from: '00000003-a', to: '00000013-a' },
      { chroot: CHROOT, from: '00000004-a', to: '00000014-a' },
      { chroot: 'srpm-builds', from: '00000004', to: '00000014' },
      { chroot: 'epel-strange-x86_64', from: '00000001-a', to: '00000015-a' },
    ];
    await mkdir(path.join(results, 'jdoe/hello/epel-strange-x86_64/00000001-a'), { recursive: true });
    const slice = await fork({ builds: [...more, ...BUILDS] });
    assert.deepEqual([slice.copied, slice.missing, slice.failed], [4, 1, 3]);
    assert.deepEqual(slice.absent, ['srpm-builds/00000004'], 'source builds age away');
    assert.deepEqual(slice.failures.map(({ build, failure }) => [build, failure.code]).toSorted(), [
      ['epel-strange-x86_64/00000015-a', 'TaskInvalid'],
      [`${CHROOT}/00000004-a`, 'BuildMissing'],
      [`${CHROOT}/00000013-a`, 'SigningFailed'],
    ]);
    await isSigned();
    assert.deepEqual((await readdir(path.join(results, 'alice/mine', CHROOT))).toSorted(), [
      '00000011-a',
      '00000012-b',
    ]);
  });

  it('takes what is named from the directories beside the project too, and nothing else', async () => {
    const beside: readonly ForkedBuild[] = [
      { chroot: CHROOT, from: '00000005-a', to: '00000015-a' },
      { chroot: 'srpm-builds', from: '00000005', to: '00000025' },
    ];
    const ofOthers: ForkedBuild = { chroot: CHROOT, from: '00000006-a', to: '00000016-a' };
    for (const { chroot, from } of beside) await givenBuild(chroot, from, 'hello:pr:7');
    await givenBuild(CHROOT, '00000007-a', 'hello:pr:7');
    await givenBuild(CHROOT, ofOthers.from, 'hello-world');
    const slice = await fork({ builds: [...BUILDS, ...beside, ofOthers] });
    assert.deepEqual([slice.copied, slice.missing, slice.failed], [6, 0, 1]);
    assert.deepEqual(slice.failures, [
      {
        build: `${CHROOT}/00000006-a`,
        failure: { code: 'BuildMissing', message: 'no results in jdoe/hello or a directory beside it' },
      },
    ]);
    await isSigned([...BUILDS, ...beside]);
    const forked = await readdir(path.join(results, 'alice/mine', CHROOT));
    assert.deepEqual(forked.toSorted(), ['00000011-a', '00000012-b', '00000015-a']);
  });

  it('makes nothing in a chroot, or a project, that was deleted meanwhile, and goes on in the others', async () => {
    const projects = createProjectTree({ destdir: results });
    const place = { owner: 'alice', dirname: 'mine' };
    await projects.rememberDeletion({ ...place, chroot: OLD }, 9);
    const slice = await fork();
    assert.deepEqual([slice.copied, slice.failed], [3, 1]);
    assert.equal(slice.failures[0]?.failure.code, 'ProjectDeleted');
    await rm(path.join(results, 'alice'), { recursive: true });
    await projects.rememberDeletion({ ...place, chroot: null }, 9);
    assert.deepEqual([(await fork()).copied, (await fork()).failed], [0, 4]);
    await assert.rejects(stat(path.join(results, 'alice')), { code: 'ENOENT' });
  });

  it('waits for a signer that is down, and for a key that is gone, with nothing half in sight', async () => {
    for (const code of ['SignerUnavailable', 'SigningKeyMissing'] as const) {
      const refuse = (): Promise<never> =>
        Promise.reject(new PortFailure(code, 'not now', { retryable: code === 'SignerUnavailable' }));
      const ports = portsOf();
      const deps = { ...ports, signer: { ...ports.signer, sign: refuse } };
      await assert.rejects(fork({ deps }), { code });
    }
    assert.equal((await fork({ attempt: 2 })).copied, 4);
    await isSigned();
  });

  it('ends the same however its process dies, at each boundary', async () => {
    const before = await checksums(path.join(results, 'jdoe'));
    const builds = BUILDS.filter(({ chroot }) => chroot !== OLD);
    await fork({ builds });
    const names = Object.keys(await checksums(path.join(results, 'alice')));
    let boundaries = 0;
    for (let at = 1; ; at += 1) {
      await rm(path.join(results, 'alice'), { recursive: true });
      const life = mortal(at);
      const deps = life.of(portsOf());
      const first = await fork({ builds, deps }).catch(() => null);
      if (first !== null) break;
      boundaries += 1;
      await life.isCold();
      await fork({ builds, attempt: 2 });
      await isSigned(builds);
      assert.deepEqual(Object.keys(await checksums(path.join(results, 'alice'))), names, life.diedAt());
    }
    assert.ok(boundaries >= 10, `${boundaries} boundaries`);
    assert.deepEqual(await checksums(path.join(results, 'jdoe')), before);
  });
});

const NOTHING_BUT: CopiedSlice = {
  ...{ copied: 0, standing: 0, missing: 0, failed: 0, bytes: 0 },
  ...{ next: null, absent: [], failures: [] },
};

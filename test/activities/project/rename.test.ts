import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRenameActivities } from '../../../src/activities/project/rename.js';
import { createResignBuilds } from '../../../src/activities/signing/resign.js';
import { createSignActivities } from '../../../src/activities/signing/signatures.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { placeOf, readMetadata } from '../../../src/adapters/repository-store/metadata/metadata.js';
import { createGpgSigner, type GpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createActionWork } from '../../../src/adapters/plan-files/action-work.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTreeSigner } from '../../../src/adapters/result-tree/signer.js';
import type { RepositoryWork } from '../../../src/contracts/action/action.js';
import type { RenamedPage } from '../../../src/contracts/activities.js';
import type { ResignedBatch } from '../../../src/contracts/signing/resign.js';
import { takeBatch } from '../../../src/domain/repository/repository-batch.js';
import { repomdSigner } from '../../../src/adapters/repository-store/signing/repomd-signer.js';
import { activityContext } from '../../support/activity.js';
import { fakePorts, withTree } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { NOTHING } from '../../support/given-repository.js';
import { givenRpms } from '../../support/given-rpms.js';

const [FULL, EMPTY] = ['fedora-44-x86_64', 'fedora-45-x86_64'];
const [SOURCE, DESTINATION] = [
  { owner: 'jdoe', project: 'hello' },
  { owner: '@web', project: 'world' },
];
const BASEURL = 'http://results.example/results';

describe('renameProject', function () {
  this.timeout(180_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let signer: GpgSigner;
  before(async () => {
    root = await givenDirectory();
    signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    await signer.ensureKey(SOURCE);
  });
  after(async () => {
    await signer.close();
    await root.remove();
  });
  const destdir = (): string => path.join(root.path, 'results');

  it('ends with repositories whose devel URLs, packages and metadata are those of the new name', async () => {
    const indexer = createCreaterepoIndexer({
      ...{ destdir: destdir(), resultsBaseurl: BASEURL, graceHours: 24, sign: repomdSigner(signer) },
    });
    for (const dirname of ['hello', 'hello:pr:7']) await fill(dirname);
    const oldHrefs = await hrefs('jdoe/hello', FULL);
    const projects = createProjectTree({ destdir: destdir() });
    const { packageCopies, ...tree } = createResultTree({ destdir: destdir() });
    const work = createActionWork({ destdir: destdir() });
    const ports = fakePorts({ messages: { isOpen: () => Promise.resolve(false) } });
    const deps = withTree(
      { ...ports.deps, projects, ...tree, work, signer: createTreeSigner({ destdir: destdir(), files: signer }) },
      { indexer, packageCopies, projects },
    );
    const { renameProject } = createRenameActivities(deps);
    const input = { actionId: 50, source: SOURCE, destination: DESTINATION, sign: true } as const;

    const page: RenamedPage = await activityContext().run(renameProject, { ...input, after: null });
    assert.deepEqual([page.dirnames, page.isLast], [['world', 'world:pr:7'], true]);
    const asked = await work.read(page.requests);
    assert.deepEqual(asked.map(inWords), [
      ...['world', 'world:pr:7'].flatMap((dirname) => [
        `${dirname}/${FULL} public`,
        `${dirname}/${FULL} devel`,
        `${dirname}/${EMPTY} public`,
      ]),
    ]);
    for (const dirname of page.dirnames) {
      const { ensureKey } = createSignActivities(deps);
      await activityContext().run(ensureKey, { project: DESTINATION, dirname });
      const target = { owner: DESTINATION.owner, dirname };
      const batch: ResignedBatch = await activityContext().run(createResignBuilds(deps), {
        target,
        chroot: FULL,
        after: null,
      });
      assert.deepEqual([batch.signed, batch.failed], [3, 0]);
    }
    for (const { repository, change } of asked) {
      const run = takeBatch([{ change }])?.run;
      assert.ok(run);
      await indexer.publish(repository, run, {});
    }

    for (const dirname of page.dirnames) {
      const place = `@web/${dirname}`;
      assert.deepEqual(await hrefs(place, FULL), oldHrefs, 'the same packages');
      const base = `xml:base="${BASEURL}/${place}/${FULL}"`;
      const primary = await textOf(path.join(destdir(), place, FULL, 'devel/repodata'), 'primary');
      assert.equal(primary.split(base).length - 1, 3, 'what was built and not released yet stays in devel alone');
      assert.ok(!primary.includes('jdoe'));
      const build = path.join(destdir(), place, FULL, '00000001-a');
      const files = (await readdir(build))
        .filter((name) => name.endsWith('.rpm'))
        .map((name) => path.join(build, name));
      await signer.verify({ project: DESTINATION, digest: 'sha256', files });
      await isWhole(place, FULL);
      for (const chroot of [FULL, EMPTY]) await isSignedByNewKey(place, chroot);
    }
  });

  it('moves nothing for the later pages of a large project, whose old name may be in use again', async () => {
    const dirnames = Array.from({ length: 60 }, (_, index) => `world:pr:${index + 100}`);
    const all = (): Promise<readonly string[]> => Promise.resolve(dirnames);
    const ports = fakePorts({ projects: { rename: all, directories: all } });
    const { renameProject } = createRenameActivities(ports.deps);
    const input = { actionId: 50, source: SOURCE, destination: DESTINATION, sign: true } as const;
    const first: RenamedPage = await activityContext().run(renameProject, { ...input, after: null });
    const after = first.dirnames.at(-1) ?? null;
    const second: RenamedPage = await activityContext().run(renameProject, { ...input, after });
    assert.deepEqual([...first.dirnames, ...second.dirnames], dirnames);
    assert.deepEqual([first.isLast, second.isLast], [false, true]);
    assert.equal(ports.calls('projects', 'rename').length, 1);
  });

  function inWords({ repository, change }: RepositoryWork): string {
    assert.ok(change.kind === 'reread' && change.doStat);
    return `${repository.dirname}/${repository.chroot} ${change.devel ? 'devel' : 'public'}`;
  }

  /** A manual-createrepo project: one build is released, a second one is in the devel metadata only. */
  async function fill(dirname: string): Promise<void> {
    const sign = repomdSigner(signer);
    const indexer = createCreaterepoIndexer({ destdir: destdir(), resultsBaseurl: BASEURL, graceHours: 24, sign });
    const repository = { owner: 'jdoe', dirname, chroot: FULL };
    const chroot = path.join(destdir(), 'jdoe', dirname, FULL);
    for (const name of ['00000001-a', '00000002-b']) {
      const directory = path.join(chroot, name);
      await mkdir(directory, { recursive: true });
      const files = (await givenRpms(directory, { name: name.slice(9) })).map((file) => path.join(directory, file));
      await signer.sign({ project: SOURCE, digest: 'sha256', files });
      if (name === '00000001-a') await indexer.publish(repository, { ...NOTHING, full: true }, {});
      else await rm(files[1] ?? ''); // its source package
      await indexer.publish(repository, { ...NOTHING, devel: true, full: true }, {});
    }
    await indexer.publish({ ...repository, chroot: EMPTY }, { ...NOTHING, full: true }, {});
  }

  async function hrefs(place: string, chroot: string): Promise<readonly string[]> {
    const metadata = await readMetadata(placeOf(path.join(destdir(), place, chroot, 'repodata')));
    if (metadata.state === 'damaged') return assert.fail(metadata.why);
    return [...metadata.packages.keys()].sort();
  }

  async function textOf(repodata: string, type: string): Promise<string> {
    const repomd = await readFile(path.join(repodata, 'repomd.xml'), 'utf8');
    const name = new RegExp(`href="repodata/([^"]*-${type}\\.xml\\.gz)"`).exec(repomd)?.[1] ?? '';
    return gunzipSync(await readFile(path.join(repodata, name))).toString();
  }

  /** The metadata have the checksums of the files that lie there. */
  async function isWhole(place: string, chroot: string): Promise<void> {
    const directory = path.join(destdir(), place, chroot);
    const listed = [
      ...(await textOf(path.join(directory, 'repodata'), 'primary')).matchAll(
        /pkgid="YES">([0-9a-f]{64})<[\s\S]*?<location[^>]*href="([^"]+)"/g,
      ),
    ];
    assert.equal(listed.length, 2);
    for (const [, checksum, href = ''] of listed) {
      const { stdout } = await runCommand('sha256sum', [path.join(directory, href)], { timeoutMs: 10_000 });
      assert.equal(stdout.slice(0, 64), checksum, href);
    }
  }

  async function isSignedByNewKey(place: string, chroot: string): Promise<void> {
    const repodata = path.join(destdir(), place, chroot, 'repodata');
    const home = path.join(root.path, `home-${path.basename(place).length}-${chroot}`);
    await mkdir(home, { mode: 0o700 });
    const gpg = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand('gpg', ['--homedir', home, '--batch', ...args], { timeoutMs: 30_000 });
    await gpg('--import', path.join(destdir(), place, 'pubkey.gpg'));
    const asc = path.join(repodata, 'repomd.xml.asc');
    const verified = await gpg('--verify', asc, path.join(repodata, 'repomd.xml'));
    assert.equal(verified.code, 0, verified.summary);
  }
});

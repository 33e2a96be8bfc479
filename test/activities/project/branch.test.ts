import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createBranchActivities } from '../../../src/activities/project/branch.js';
import { createBuildCopies } from '../../../src/adapters/build-copies/build-copies.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import type { ActivityDependencies } from '../../../src/activities/dependencies.js';
import type { CopiedSlice } from '../../../src/contracts/project/copies.js';
import type { ProjectTree } from '../../../src/ports/project/project-tree.js';
import { activityContext } from '../../support/activity.js';
import { checksums } from '../../support/checksums.js';
import { fakePorts, withTree } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { mortal } from '../../support/mortal.js';

const DIRECTORY = { owner: 'jdoe', dirname: 'hello:pr:7' };
const [RAWHIDE, RELEASE] = ['fedora-rawhide-x86_64', 'fedora-43-x86_64'];
const NAMES = ['00000001-a', '00000002-b', '00000003-c'];

describe('copies of a project', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let projects: ProjectTree;
  let deps: ActivityDependencies;

  beforeEach(async () => {
    root = await givenDirectory();
    projects = createProjectTree({ destdir: root.path });
    deps = withTree({ ...fakePorts().deps, projects }, { copies: createBuildCopies({ destdir: root.path }) });
    for (const name of NAMES) {
      const build = at(RAWHIDE, name);
      await mkdir(build, { recursive: true });
      for (const file of [`${name}.noarch.rpm`, 'build.info', 'results.json'])
        await writeFile(path.join(build, file), file);
    }
  });
  afterEach(() => root.remove());

  const at = (...names: readonly string[]): string => path.join(root.path, 'jdoe/hello:pr:7', ...names);

  describe('branchBuilds', () => {
    function branch(
      names = NAMES,
      options: { deps?: ActivityDependencies; attempt?: number; first?: number; atMost?: number } = {},
    ): Promise<CopiedSlice> {
      const { attempt = 1, first = 0, atMost = 100 } = options;
      const { branchBuilds } = createBranchActivities(options.deps ?? deps);
      const input = { directory: DIRECTORY, from: RAWHIDE, to: RELEASE, builds: { items: names, file: null } };
      return activityContext({ attempt }).run(branchBuilds, { ...input, actionId: 5, first, atMost });
    }

    it('shares packages between both chroots, and nothing that changes', async () => {
      const before = await checksums(at(RAWHIDE));
      const slice = await branch([...NAMES, '00000004-d']);
      assert.deepEqual([slice.copied, slice.missing, slice.absent], [3, 1, [`${RAWHIDE}/00000004-d`]]);
      for (const name of NAMES) {
        const files = [RAWHIDE, RELEASE].map((chroot) => stat(at(chroot, name, `${name}.noarch.rpm`)));
        const [one, other] = await Promise.all(files);
        assert.equal(one?.ino, other?.ino);
        assert.equal(await readFile(at(RELEASE, name, 'build.info'), 'utf8'), `build.info\nfrom_chroot=${RAWHIDE}`);
      }
      assert.deepEqual(await checksums(at(RAWHIDE)), before);
      assert.deepEqual(await readdir(at('.staging')), []);
    });

    it('leaves what stands in the release as it is, also when it is done again', async () => {
      await mkdir(at(RELEASE, '00000002-b'), { recursive: true });
      await writeFile(at(RELEASE, '00000002-b', 'mine'), 'mine');
      const first = await branch();
      assert.deepEqual([first.copied, first.standing], [2, 1]);
      const before = await checksums(at(RELEASE));
      assert.deepEqual(await readdir(at(RELEASE, '00000002-b')), ['mine']);
      const again = await branch();
      assert.deepEqual([again.copied, again.standing, again.bytes], [0, 3, 0]);
      assert.deepEqual(await checksums(at(RELEASE)), before);
    });

    it('copies a slice, and says where the next one begins', async () => {
      assert.equal((await branch(NAMES, { atMost: 2 })).next, 2);
      assert.equal((await branch(NAMES, { first: 2, atMost: 3 })).next, null);
      assert.deepEqual((await readdir(at(RELEASE))).toSorted(), NAMES);
    });

    it('ends the same however its process dies, at each boundary', async () => {
      await branch();
      const whole = await checksums(at(RELEASE));
      let boundaries = 0;
      for (let boundary = 1; ; boundary += 1) {
        await rm(at(RELEASE), { recursive: true });
        const life = mortal(boundary);
        if ((await branch(NAMES, { deps: life.of(deps) }).catch(() => null)) !== null) break;
        boundaries += 1;
        await life.isCold();
        await branch(NAMES, { attempt: 2 });
        assert.deepEqual(await checksums(at(RELEASE)), whole, life.diedAt());
        assert.deepEqual(await readdir(at('.staging')), [], life.diedAt());
      }
      assert.ok(boundaries >= 8, `${boundaries} boundaries`);
    });

    it('makes nothing where the chroot was deleted', async () => {
      await projects.rememberDeletion({ ...DIRECTORY, chroot: RELEASE }, 9);
      const slice = await branch();
      assert.deepEqual([slice.copied, slice.failed], [0, 3]);
      assert.equal(slice.failures[0]?.failure.code, 'ProjectDeleted');
      await assert.rejects(lstat(at(RELEASE)), { code: 'ENOENT' });
    });
  });

  describe('openCopies', () => {
    const OTHER = { owner: 'alice', dirname: 'mine' };
    const open = (actionId: number, source = DIRECTORY, destination = OTHER): Promise<void> => {
      const { openCopies } = createBranchActivities(deps);
      const repository = { ...destination, chroot: RELEASE };
      const requests = { items: [{ repository, change: {} as never }], file: null };
      return activityContext().run(openCopies, { actionId, source, destination, requests });
    };

    it('refuses a source without results, and says so of one that was deleted', async () => {
      const gone = { owner: 'jdoe', dirname: 'gone' };
      await assert.rejects(open(5, gone), { code: 'SourceMissing' });
      await projects.rememberDeletion({ ...gone, chroot: null }, 4);
      await assert.rejects(open(5, gone), { code: 'ProjectDeleted', message: /action 4/ });
    });

    it('makes anew what an earlier action deleted: the project, and its chroots', async () => {
      await projects.rememberDeletion({ ...OTHER, chroot: null }, 3);
      await projects.rememberDeletion({ ...OTHER, chroot: RELEASE }, 4);
      await open(5);
      assert.ok((await lstat(path.join(root.path, 'alice/mine', RELEASE))).isDirectory());
    });

    it('makes nothing where a later action deleted the project while this one waited for its lock', async () => {
      await projects.rememberDeletion({ ...OTHER, chroot: null }, 6);
      await assert.rejects(open(5), { code: 'ProjectDeleted', message: /action 6/ });
      await assert.rejects(lstat(path.join(root.path, 'alice')), { code: 'ENOENT' });
    });

    it('leaves a chroot that a later action deleted to refuse its own builds', async () => {
      await mkdir(path.join(root.path, 'alice/mine'), { recursive: true });
      await projects.rememberDeletion({ ...OTHER, chroot: RELEASE }, 6);
      await open(5);
      await assert.rejects(lstat(path.join(root.path, 'alice/mine', RELEASE)), { code: 'ENOENT' });
    });

    it('clears away what an earlier action left unfinished', async () => {
      const staging = path.join(root.path, 'alice/mine/.staging/copy=x-1-y=00000001-a=0123456789abcdef');
      await mkdir(staging, { recursive: true });
      await open(5);
      await assert.rejects(lstat(staging), { code: 'ENOENT' });
    });
  });
});

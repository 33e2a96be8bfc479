import assert from 'node:assert/strict';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { createPrunableTree } from '../../../src/adapters/repository-store/survey/prunable-tree.js';
import { openGenerations } from '../../../src/adapters/repository-store/generations/generation-reader.js';
import { createActionWork } from '../../../src/adapters/plan-files/action-work.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { allChroots } from '../../../src/adapters/file-tree/all-chroots.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { loadConfig } from '../../../src/config/load.js';
import { checkStart } from '../../../src/workers/check-start.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenMount, type GivenMount } from '../../support/given-mount.js';
import { refusalOf } from '../../support/rejection.js';

const PROJECT = { owner: 'jdoe', dirname: 'hello' };
const REPOSITORY = { ...PROJECT, chroot: 'fedora-42-x86_64' };
const PLACE = { ...REPOSITORY, targetDir: '00000012-hello' };
const RUN = {
  full: true,
  reread: false,
  devel: false,
  appstream: false,
  doStat: false,
  add: [],
  delete: [],
  removeRpms: [],
};

/** The calls that a tree gets, one for each kind: makes, moves, deletes, reads. */
function calls(destdir: string): Readonly<Record<string, () => Promise<unknown>>> {
  const tree = createResultTree({ destdir });
  const projects = createProjectTree({ destdir });
  const trash = createTrash({ destdir, hours: 24 });
  const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example/', graceHours: 24 });
  const prunable = createPrunableTree({ destdir });
  const work = createActionWork({ destdir });
  const generations = openGenerations({ destdir, resultsBaseurl: '' }, REPOSITORY);
  const paths = createTreePaths(destdir);
  const listed = async (): Promise<unknown[]> => {
    const found = [];
    for await (const repository of allChroots(paths, null)) found.push(repository);
    return found;
  };
  const rename = {
    ...{ source: { owner: 'jdoe', project: 'hello' }, destination: { owner: 'jdoe', project: 'other' } },
    ...{ action: 1, sign: false },
  };
  return {
    'a build begins': () => tree.buildDirectories.prepare(PLACE, 'run-1'),
    'results are downloaded': () => tree.stagingArea.create(PLACE),
    'a project gets its key': () => tree.projectKeys.write(PROJECT, 'key'),
    'metadata is made': () => indexer.publish(REPOSITORY, RUN, {}),
    'a chroot is made': () => projects.recreate({ ...REPOSITORY }),
    'a deletion is noted': () => projects.rememberDeletion({ ...PROJECT, chroot: null }, 1),
    'a project is deleted': () => trash.discard([PROJECT.owner, PROJECT.dirname], 'a test', { atMost: 100 }),
    'a project is looked for': () => projects.exists([PROJECT.owner, PROJECT.dirname]),
    'a project is renamed': () => projects.rename(rename),
    'the key is looked for': () => tree.projectKeys.has(PROJECT),
    'chroots are listed': () => tree.projectContents.chroots(PROJECT),
    'the tree is pruned': () => prunable.projects(),
    'generations are listed': () => generations.list(),
    'all repositories are looked at': listed,
    'work is noted': () => work.file(1, 'builds', [1]),
  };
}

describe('a results tree', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let destdir: string;
  let mount: GivenMount | null;

  beforeEach(async () => {
    directory = await givenDirectory();
    destdir = path.join(directory.path, 'results');
    mount = null;
  });
  afterEach(async () => {
    await mount?.unmount();
    await directory.remove();
  });

  /** As a worker starts with it. */
  const start = async (): Promise<void> => {
    const configFile = path.join(directory.path, 'copr-be.conf');
    const stateDir = path.join(directory.path, 'state');
    const lines = [
      '[backend]',
      `destdir = ${destdir}`,
      `state_dir = ${stateDir}`,
      'frontend_auth = x',
      'do_sign = false',
    ];
    await writeFile(configFile, `${lines.join('\n')}\n`);
    await checkStart({ role: 'all', config: loadConfig(configFile).config, allowRoot: true });
  };

  it('that does not exist is not made at the start', async () => {
    await assert.rejects(start(), {
      name: 'StartRefused',
      message: `destdir ${destdir} does not exist: mount the file system of the results there, or make the directory if it is new`,
    });
    await mkdir(destdir);
    await start();
    assert.ok((await readdir(directory.path)).includes('state'), 'what is the host’s own is made');
  });

  it('that goes away is said to be, whatever is asked of it, and is not made anew', async () => {
    await mkdir(destdir);
    const asked = calls(destdir);
    await asked['a build begins']?.();
    await rename(destdir, `${destdir}.away`);
    for (const [what, call] of Object.entries(asked)) {
      const refusal = await refusalOf(call());
      assert.deepEqual([what, refusal.code, refusal.retryable], [what, 'StorageFailed', true]);
      assert.equal(refusal.message, `the results tree is not mounted: ${destdir} does not exist`, what);
    }
    assert.ok(!(await readdir(directory.path)).includes('results'));
    await rename(`${destdir}.away`, destdir);
    assert.equal(await asked['a project is looked for']?.(), true);
  });

  it('whose file system is unmounted does not count as an empty tree', async function () {
    mount = await givenMount(destdir);
    if (mount === null) return this.skip();
    const asked = calls(destdir);
    await mount.unmount();
    mount = null;
    for (const [what, call] of Object.entries(asked)) {
      const refusal = await refusalOf(call());
      assert.deepEqual([what, refusal.code, refusal.retryable], [what, 'StorageFailed', true]);
      assert.match(refusal.message, /^the results tree is not mounted: .*results is an empty mount point/, what);
    }
    assert.deepEqual(await readdir(destdir), []);
    mount = await givenMount(destdir);
    await asked['a build begins']?.();
  });

  it('that is mounted read-only is said to be, at the start and by whoever writes', async function () {
    mount = await givenMount(destdir);
    if (mount === null) return this.skip();
    const asked = calls(destdir);
    await start();
    await asked['a build begins']?.();
    await rm(path.join(destdir, 'jdoe'), { recursive: true });
    await mount.remount('ro');
    await assert.rejects(start(), {
      name: 'StartRefused',
      message: new RegExp(`^destdir ${destdir} cannot be written: EROFS; the file system is mounted read-only`),
    });
    for (const what of ['a build begins', 'results are downloaded', 'a project gets its key', 'metadata is made']) {
      const refusal = await refusalOf(asked[what]?.() ?? Promise.resolve());
      assert.deepEqual([refusal.code, refusal.retryable], ['StorageFailed', true]);
      assert.match(refusal.message, /EROFS; the file system is mounted read-only: check the storage/, what);
    }
    for (const what of ['a chroot is made', 'a deletion is noted', 'work is noted'])
      assert.match((await refusalOf(asked[what]?.() ?? Promise.resolve())).message, /mounted read-only/, what);
    await mount.remount('rw');
    await asked['a build begins']?.();
  });
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cleanResultDirectories } from '../../../src/activities/maintenance/clean-result-directories.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { createLeftoverTree } from '../../../src/adapters/tree-care/leftover-tree.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenOldTree } from '../../support/given-old-tree.js';

const DAY = 86_400_000;

describe('forgotten directories of the results tree', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  const there = (name: string): boolean => existsSync(path.join(root.path, 'jdoe/hello/fedora-39-x86_64', name));

  beforeEach(async () => {
    root = await givenDirectory();
    await givenOldTree(root.path);
  });
  afterEach(() => root.remove());

  /** A round in `days` days; `underWay` are the builds that have not ended by then. */
  async function clean(days: number, underWay: readonly number[], dryRun = false): Promise<readonly string[]> {
    const told: string[] = [];
    const trash = createTrash({ destdir: root.path, hours: 24 });
    const job = cleanResultDirectories(
      {
        tree: createLeftoverTree({ destdir: root.path, trash }),
        builds: { buildIds: () => Promise.resolve(new Set(underWay)) },
        now: () => Date.now() + days * DAY,
        pathOf: (names) => names.join('/'),
        tell: (line) => told.push(line.replace('jdoe/hello/fedora-39-x86_64/', '')),
      },
      { days: 14 },
    );
    await job({ signal: new AbortController().signal, progress: () => undefined, dryRun });
    return told.filter((line) => !line.startsWith('TODO'));
  }

  it('go into the trash when they are old, except for those of a build that has not ended', async () => {
    assert.deepEqual(await clean(13, []), []);
    const would = ['Would remove: cache', 'Would remove: tmp', 'Would remove: 00000007-hello/configs'];
    const kept = 'Kept, because its build has not ended: 00000042-hello/chroot_scan';
    assert.deepEqual(await clean(15, [42], true), [...would, kept]);
    assert.ok(there('cache'), 'a dry run changes nothing');
    assert.deepEqual(await clean(15, [42]), [...would.map((line) => line.replace('Would remove', 'Removed')), kept]);
    const names = ['cache', 'tmp', '00000007-hello/configs', '00000042-hello/chroot_scan', 'repodata'];
    assert.deepEqual(names.map(there), [false, false, false, true, true]);
    const trash = await createTrash({ destdir: root.path, hours: 24 }).list();
    assert.deepEqual(
      trash.map((entry) => [entry.path.split('/').at(-1), entry.by]).sort(),
      ['cache', 'configs', 'tmp'].map((name) => [name, 'resultdir-cleaner']),
    );
  });

  it('stay if they were replaced since they were found, and are not sought through links', async () => {
    const chroot = path.join(root.path, 'jdoe/hello/fedora-39-x86_64');
    await rm(path.join(chroot, 'cache'), { recursive: true });
    await symlink('/tmp', path.join(chroot, 'cache'));
    const tree = createLeftoverTree({ destdir: root.path, trash: createTrash({ destdir: root.path, hours: 24 }) });
    const { signal } = new AbortController();
    const found = [];
    for await (const directory of tree.directories(signal, (why) => assert.fail(why))) found.push(directory);
    assert.ok(!found.some(({ names }) => names.at(-1) === 'cache'));
    const tmp = found.find(({ names }) => names.at(-1) === 'tmp');
    assert.ok(tmp !== undefined);
    await rename(path.join(chroot, 'tmp'), path.join(chroot, 'tmp-before'));
    await mkdir(path.join(chroot, 'tmp'));
    await writeFile(path.join(chroot, 'tmp', 'a file'), '');
    assert.equal(await tree.discard(tmp, signal), 'kept');
    assert.ok(there('tmp/a file'));
  });
});

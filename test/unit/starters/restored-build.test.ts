import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { repositoryChange } from '../../../src/contracts/repository/repository.js';
import { changeOfRestored } from '../../../src/starters/restored-build.js';
import { givenDirectory } from '../../support/given-directory.js';

describe('a build that was restored from the trash', () => {
  it('is published where the packages of its chroot are', async () => {
    const root = await givenDirectory();
    try {
      const repository = { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-44-x86_64' };
      const add = ['00000001-a'];
      const build = path.join(root.path, 'jdoe/hello/fedora-44-x86_64/00000001-a');
      const change = (): ReturnType<typeof changeOfRestored> =>
        changeOfRestored(root.path, { repository, directory: '00000001-a' });
      await mkdir(build, { recursive: true });
      assert.deepEqual(await change(), repositoryChange('change', { add }));
      await writeFile(path.join(build, 'pulp-packages.json'), '{}');
      assert.deepEqual(await change(), repositoryChange('change', { add, store: 'pulp' }));
    } finally {
      await root.remove();
    }
  });
});

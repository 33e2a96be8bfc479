import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { existing } from '../../../../src/adapters/repository-store/publication/wanted-packages.js';
import { givenDirectory } from '../../../support/given-directory.js';

describe('existing', () => {
  it('finds files below the chroot directory, and looks nowhere else', async () => {
    const root = await givenDirectory();
    try {
      const chroot = path.join(root.path, 'hello', 'fedora-44-x86_64');
      for (const directory of ['hello/fedora-44-x86_64/00000001-a', 'hello/other']) {
        await mkdir(path.join(root.path, directory), { recursive: true });
        await writeFile(path.join(root.path, directory, 'a.rpm'), '');
      }
      const elsewhere = ['../other/a.rpm', '00000001-a/../../other/a.rpm', path.join(root.path, 'hello/other/a.rpm')];
      const found = await existing(chroot, ['00000001-a/a.rpm', '00000001-a/b.rpm', ...elsewhere]);
      assert.deepEqual([...found], ['00000001-a/a.rpm']);
    } finally {
      await root.remove();
    }
  });
});

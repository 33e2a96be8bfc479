import assert from 'node:assert/strict';
import { link, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { haveOwnFiles } from '../../../src/adapters/rpm/own-file.js';
import { givenDirectory } from '../../support/given-directory.js';

const SCRIPT = fileURLToPath(new URL('../../fixtures/own-file-process.ts', import.meta.url));

describe('a file that is made its own before it is signed', () => {
  it('leaves nothing beside it, though an earlier attempt was killed over it', async () => {
    const { path: directory, remove } = await givenDirectory();
    try {
      const file = path.join(directory, 'hello-1-1.noarch.rpm');
      await writeFile(file, 'a package');
      await link(file, path.join(directory, 'sibling.rpm'));
      await writeFile(path.join(directory, '.own-notes'), 'of the builder');
      const died = await runCommand(process.execPath, ['--import', 'tsx', SCRIPT, file], { timeoutMs: 60_000 });
      assert.notEqual(died.code, 0);
      assert.equal((await readdir(directory)).length, 4, 'the killed one left its copy');
      await mkdir(path.join(directory, '.own-00000000-0000-4000-8000-000000000000', 'of the builder'), {
        recursive: true,
      });

      await haveOwnFiles([file], undefined);
      assert.deepEqual((await readdir(directory)).sort(), ['.own-notes', 'hello-1-1.noarch.rpm', 'sibling.rpm']);
      assert.equal((await stat(file)).nlink, 1);
      assert.equal(await readFile(file, 'utf8'), 'a package');
    } finally {
      await remove();
    }
  });
});

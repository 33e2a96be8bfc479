import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOf, digestOfFile } from '../../../src/adapters/files/digest.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../support/given-directory.js';

describe('digests', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  before(async () => {
    root = await givenDirectory();
  });
  after(() => root.remove());

  for (const algorithm of ['sha256', 'sha1'])
    it(`are what ${algorithm}sum says, of a text, of bytes and of a file of several chunks`, async () => {
      const text = 'größe '.repeat(100_000);
      const file = path.join(root.path, 'file');
      await writeFile(file, text);
      const { stdout } = await runCommand(`${algorithm}sum`, [file], { timeoutMs: 30_000 });
      const [said] = stdout.split(' ');
      const found = [digestOf(text, algorithm), digestOf(Buffer.from(text), algorithm)];
      assert.deepEqual([...found, await digestOfFile(file, algorithm)], [said, said, said]);
    });

  it('of a file that is not there are refused by the system', async () => {
    await assert.rejects(digestOfFile(path.join(root.path, 'missing')), { code: 'ENOENT' });
  });
});

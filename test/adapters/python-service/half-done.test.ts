import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { leftoversIn, type Leftover } from '../../../src/adapters/python-service/half-done.js';
import { givenDirectory } from '../../support/given-directory.js';

const NEVER = new AbortController().signal;

describe('what a Python service has left in the results tree', () => {
  it('does not include missing metadata where the packages are at Pulp', async () => {
    const root = await givenDirectory();
    try {
      const put = async (file: string): Promise<void> => {
        await mkdir(path.join(root.path, path.dirname(file)), { recursive: true });
        await writeFile(path.join(root.path, file), '{}');
      };
      for (const project of ['tree', 'record', 'content'])
        await put(`jdoe/${project}/f-44-x86_64/00000001-a/results.json`);
      await put('jdoe/record/f-44-x86_64/00000001-a/pulp-packages.json');
      await put('jdoe/content/f-44-x86_64/.pulp-content-f-44-x86_64.json');
      const found: Leftover[] = [];
      for await (const one of leftoversIn(root.path, { silenceMs: 30_000, signal: NEVER })) found.push(one);
      assert.deepEqual(found, [{ kind: 'unpublished', directory: path.join(root.path, 'jdoe/tree/f-44-x86_64') }]);
    } finally {
      await root.remove();
    }
  });
});

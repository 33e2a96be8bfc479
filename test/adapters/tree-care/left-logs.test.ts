import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createLeftLogs } from '../../../src/adapters/tree-care/left-logs.js';
import type { LeftLog } from '../../../src/ports/maintenance/left-logs.js';
import { givenDirectory } from '../../support/given-directory.js';
import { setAge } from '../../support/given-old-tree.js';

describe('live logs that were left over', () => {
  it('are compressed from the plain log if their .gz is only a part', async () => {
    const root = await givenDirectory();
    try {
      const build = path.join(root.path, 'jdoe/hello/f-1-x/00000007-hello');
      await mkdir(build, { recursive: true });
      const file = path.join(build, 'builder-live.log');
      const text = 'a line\n'.repeat(5000);
      await writeFile(file, text);
      await writeFile(`${file}.gz`, gzipSync(text).subarray(0, 40));
      const logs = createLeftLogs({ directory: root.path });
      const found: LeftLog[] = [];
      for await (const log of logs.logs(new AbortController().signal, (why) => assert.fail(why))) found.push(log);
      const [log] = found;
      assert.ok(log !== undefined);
      assert.deepEqual([found.length, log.file, log.buildId], [1, file, 7]);
      await setAge(file, 3);
      assert.equal(await logs.compact(log), 'kept', 'it has changed since');
      assert.equal(await logs.compact({ ...log, changedAt: statSync(file).mtimeMs }), 'compressed');
      assert.deepEqual([existsSync(file), gunzipSync(await readFile(`${file}.gz`)).toString()], [false, text]);
    } finally {
      await root.remove();
    }
  });
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../../support/given-directory.js';

const PROGRAM = fileURLToPath(new URL('../../../../bin/copr-backend-log.mjs', import.meta.url));

describe('copr-backend-log', function () {
  this.timeout(60_000);
  let directory: Awaited<ReturnType<typeof givenDirectory>>;

  beforeEach(async () => (directory = await givenDirectory()));
  afterEach(() => directory.remove());

  it('reads the file of -c, the option of the old daemon', async () => {
    const file = path.join(directory.path, 'copr-be.conf');
    const logDir = path.join(directory.path, 'nobody-made-this');
    await writeFile(file, `[backend]\ndestdir = ${directory.path}\nlog_dir = ${logDir}\n`);
    const { code, stderr } = await runCommand(process.execPath, [PROGRAM, '-c', file], { timeoutMs: 30_000 });
    assert.equal(code, 5, stderr);
    assert.ok(stderr.includes(`nothing can be written in ${logDir}: `), stderr);
  });
});

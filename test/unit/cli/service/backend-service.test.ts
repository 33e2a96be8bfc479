import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBackendService } from '../../../../src/cli/service/backend-service.js';
import { givenDirectory } from '../../../support/given-directory.js';

/** A systemctl that writes down its words stands in for the host's. */
describe('copr-backend-service', () => {
  const path = process.env['PATH'];
  let directory: Awaited<ReturnType<typeof givenDirectory>>;

  beforeEach(async () => {
    directory = await givenDirectory();
    const bin = join(directory.path, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'systemctl'), `#!/bin/sh\necho "$@" > ${directory.path}/words\nexit 3\n`);
    await chmod(join(bin, 'systemctl'), 0o755);
    process.env['PATH'] = `${bin}:${path ?? ''}`;
  });

  afterEach(async () => {
    process.env['PATH'] = path;
    process.exitCode = 0;
    await directory.remove();
  });

  for (const [words, asked] of [
    ['restart', 'restart copr-backend.target'],
    ['stop build action', 'stop copr-backend-build.service copr-backend-action.service'],
    ['start copr-backend copr-backend-log', 'start copr-backend.target copr-backend-log.service'],
    ['status redis.service', 'status redis.service'],
  ] as const) {
    it(`asks systemctl for ${words}, and ends as it does`, async () => {
      await createBackendService().parseAsync(words.split(' '), { from: 'user' });
      assert.equal(await readFile(join(directory.path, 'words'), 'utf8'), `${asked}\n`);
      assert.equal(process.exitCode, 3);
    });
  }
});

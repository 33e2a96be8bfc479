import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildUser } from '../../playground/builder/build-user.js';
import { reachableDirectory } from '../../playground/builder/builder-directory.js';
import { givenRpms } from '../support/given-rpms.js';
import { makeTemporaryDirectory, run } from './support.js';

/** The user who builds is another than the one who starts all of it only where that is root. */
describe('a directory of builders', () => {
  const directory = makeTemporaryDirectory();
  after(() => directory.remove());

  for (const [mode, isUsed] of [
    [0o755, true],
    [0o711, false],
    [0o700, false],
  ] as const) {
    it(`below one of mode ${mode.toString(8)} is one in which the build user unpacks a source package`, async function () {
      const user = buildUser();
      if (user === null) return this.skip();
      const above = join(directory.path, mode.toString(8));
      const wanted = join(above, 'data', 'builders');
      mkdirSync(wanted, { recursive: true });
      chmodSync(above, mode);
      const found = reachableDirectory(wanted);
      assert.equal(found === wanted, isUsed);
      assert.ok(isUsed || found.startsWith(join(tmpdir(), 'copr-playground-')));
      assert.equal(reachableDirectory(wanted), found, 'the same every time');

      const lib = join(found, 'lib');
      mkdirSync(lib, { recursive: true });
      const [source = ''] = (await givenRpms(lib, { name: 'one' })).filter((name) => name.endsWith('.src.rpm'));
      chownSync(lib, user.uid, user.gid);
      const as = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
      const rpm = [
        'rpm',
        '--dbpath',
        join(lib, 'db'),
        '-i',
        '--nodeps',
        '--nosignature',
        '--define',
        `_topdir ${lib}/top`,
      ];
      const unpacked = await run('setpriv', [...as, ...rpm, join(lib, source)]);
      assert.equal(unpacked.code, 0, unpacked.stderr);
      if (!isUsed) rmSync(found, { recursive: true });
    });
  }
});

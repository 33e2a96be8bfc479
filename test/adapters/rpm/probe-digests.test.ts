import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { probeDigests } from '../../../src/adapters/rpm/probe-digests.js';
import { givenDirectory } from '../../support/given-directory.js';
import { hostRpm } from '../../support/host-rpm.js';

describe('probeDigests', function () {
  this.timeout(60_000);

  it('says which digests the rpm of this host takes, and in its words why it does not', async () => {
    const { takesSha1 } = await hostRpm();
    const before = process.env['TMPDIR'];
    const temporary = await givenDirectory();
    process.env['TMPDIR'] = temporary.path;
    const { sha1, sha256 } = await probeDigests();
    assert.deepEqual(sha256, { isTaken: true });
    if (takesSha1) assert.deepEqual(sha1, { isTaken: true });
    else {
      assert.ok(!sha1.isTaken);
      assert.match(sha1.why, /RSA\/SHA1 signature, key .*: (NOTTRUSTED|BAD)/i);
      assert.ok(Buffer.byteLength(sha1.why) <= 600 && !/\p{Cc}/u.test(sha1.why), sha1.why);
    }
    assert.deepEqual(await readdir(temporary.path), [], 'it leaves nothing');
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    await temporary.remove();
  });
});

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Installation } from '../support/installation.js';

/** A Pulp, its PostgreSQL and all else that `npm start` starts, twice on the same data. */
describe('npm start -- --storage pulp', function () {
  this.timeout(1_800_000);
  let installation: Installation;

  before(async () => {
    installation = await Installation.create();
  });
  after(() => installation.remove());

  it('publishes the examples at Pulp, as clients of the results see them, and finds them again', async () => {
    const { code, stdout, stderr } = await installation.once('--storage', 'pulp');
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /all as it should be; the packages are at Pulp/);
    const files = await readdir(join(installation.results, 'copr'), { recursive: true });
    assert.ok(files.some((file) => file.endsWith('builder-live.log.gz')));
    assert.deepEqual(
      files.filter((file) => file.endsWith('.rpm') && !file.endsWith('.src.rpm')),
      [],
    );
    const again = await installation.once('--storage', 'pulp');
    assert.equal(again.code, 0, `${again.stdout}\n${again.stderr}`);
    assert.match(again.stdout, /hello-copr: already built/);
  });
});

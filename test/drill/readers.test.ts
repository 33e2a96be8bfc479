import assert from 'node:assert/strict';
import { drillReaders } from '../../drill/readers/run.js';

/** The short form of `npm run drill -- readers`. */
describe('readers of a repository', function () {
  this.timeout(180_000);

  it('never see a missing or mixed one while its publisher is killed every few runs', async () => {
    const { errors, looks } = await drillReaders({ publications: 12, readers: 1, dnf: false, say: () => undefined });
    assert.deepEqual(errors, []);
    assert.ok(looks > 0);
  });
});

import assert from 'node:assert/strict';
import { drillReaders } from '../../drill/readers/run.js';
import { PULP_START_MS } from '../support/given-pulp.js';

/** The short form of `npm run drill -- readers`. */
describe('readers of a repository', function () {
  this.timeout(180_000);

  it('never see a missing or mixed one while its publisher is killed every few runs', async () => {
    const { errors, looks } = await drillReaders({
      ...{ publications: 12, readers: 1, dnf: false, storage: 'backend', say: () => undefined },
    });
    assert.deepEqual(errors, []);
    assert.ok(looks > 0);
  });

  it('at Pulp never see one either, through the URLs of the results tree', async function () {
    this.timeout(PULP_START_MS);
    const { errors, looks } = await drillReaders({
      ...{ publications: 4, readers: 1, dnf: false, storage: 'pulp', say: () => undefined },
    });
    assert.deepEqual(errors, []);
    assert.ok(looks > 0);
  });
});

import assert from 'node:assert/strict';
import { publishCrowd } from '../../drill/crowd.js';

/** The short form of `npm run drill -- crowd`. */
describe('builds that end together', function () {
  this.timeout(180_000);

  it('share their publications, and each is answered only when a fresh client sees it', async () => {
    const { errors, runs } = await publishCrowd({ builds: 40, seconds: 10 }, () => undefined);
    assert.deepEqual(errors, []);
    // Two at once, then one for every ten of them, or every few seconds.
    assert.ok(runs <= 8, `${runs} runs`);
  });
});

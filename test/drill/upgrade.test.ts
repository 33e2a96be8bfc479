import assert from 'node:assert/strict';
import type { UpgradeOutcome } from '../../drill/upgrade/outcome.js';
import { runNpmScript } from '../support/run-npm-script.js';

/** The short form of `npm run drill -- upgrade`. */
describe('an upgrade while builds run', function () {
  this.timeout(900_000);

  it('loses no build and begins none twice: a ramp, all, back, forth, and the old workers stop', async () => {
    const { code, stdout, stderr } = await runNpmScript('drill', ['upgrade', '--short', '--json'], {
      timeoutMs: 840_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { details } = JSON.parse(stdout) as UpgradeOutcome;
    assert.deepEqual(details, []);
    assert.equal(code, 0, stderr);
  });
});

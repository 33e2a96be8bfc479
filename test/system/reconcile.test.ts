import assert from 'node:assert/strict';
import type { SoakOutcome } from '../../drill/reconcile/outcome.js';
import { runNpmScript } from '../support/run-npm-script.js';

/** The short form of `npm run drill -- reconcile`. */
describe('the reconciler beside busy users', function () {
  this.timeout(600_000);

  it('changes nothing that is well, and then closes a ticket that nobody has', async () => {
    const { code, stdout, stderr } = await runNpmScript('drill', ['reconcile', '--short', '--json'], {
      timeoutMs: 580_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { actions, left, control, details } = JSON.parse(stdout) as SoakOutcome;
    assert.deepEqual({ actions, left, control }, { actions: 0, left: 0, control: 1 }, details.join('\n'));
    assert.equal(code, 0, stderr);
  });
});

import assert from 'node:assert/strict';
import type { TicketsOutcome } from '../../drill/tickets/outcome.js';
import { runNpmScript } from '../support/run-npm-script.js';

/** The short form of `npm run drill -- tickets`. */
describe('workers that are killed while they take tickets', function () {
  this.timeout(600_000);

  it('leave none open that no build has', async () => {
    const { code, stdout, stderr } = await runNpmScript('drill', ['tickets', '--short', '--json'], {
      timeoutMs: 540_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { kills, leaked, taken, builds, succeeded } = JSON.parse(stdout) as TicketsOutcome;
    assert.deepEqual({ kills, leaked }, { kills: 4, leaked: 0 });
    assert.ok(taken >= builds, `${taken} tickets for ${builds} builds`);
    assert.equal(succeeded, builds);
    assert.equal(code, 0, stderr);
  });
});

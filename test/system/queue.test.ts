import assert from 'node:assert/strict';
import type { QueueOutcome } from '../../drill/queue/outcome.js';
import { runNpmScript } from '../support/run-npm-script.js';

/** The short form of `npm run drill -- queue`. */
describe('a busy queue', function () {
  this.timeout(600_000);

  it('ends as all sides say, through cancels, reschedules, deletes and two outages of the frontend', async () => {
    const { code, stdout, stderr } = await runNpmScript('drill', ['queue', '--short', '--json'], {
      timeoutMs: 540_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { details } = JSON.parse(stdout) as QueueOutcome;
    assert.deepEqual(details, []);
    assert.equal(code, 0, stderr);
  });
});

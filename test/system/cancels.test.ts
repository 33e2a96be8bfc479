import assert from 'node:assert/strict';
import type { CancelsOutcome } from '../../drill/cancels/outcome.js';
import { runNpmScript } from '../support/run-npm-script.js';

/** The short form of `npm run drill -- cancels`. */
describe('builds that are canceled', function () {
  this.timeout(600_000);

  it('end in each stage as all sides say, none failed and none public, whatever becomes of another cancel', async () => {
    const { code, stdout, stderr } = await runNpmScript('drill', ['cancels', '--short', '--json'], {
      timeoutMs: 540_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { details, stages } = JSON.parse(stdout) as CancelsOutcome;
    assert.deepEqual(details, []);
    assert.equal(Object.keys(stages).length, 6);
    assert.equal(code, 0, stderr);
  });
});

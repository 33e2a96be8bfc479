import assert from 'node:assert/strict';
import type { StormOutcome } from '../../drill/storm/outcome.js';
import { runNpmScript } from '../support/run-npm-script.js';

/** The short form of `npm run drill -- storm`. */
describe('a storm', function () {
  this.timeout(1_500_000);

  it('leaves every build as its script says, and nothing stuck, doubled, open or not replayable', async () => {
    const { code, stdout, stderr } = await runNpmScript('drill', ['storm', '--short', '--json'], {
      timeoutMs: 1_440_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { details, beganAnew } = JSON.parse(stdout) as StormOutcome;
    for (const [name, lines] of Object.entries(details)) assert.deepEqual(lines, [], name);
    for (const [type, count] of Object.entries(beganAnew)) assert.ok(count > 0, `no ${type} continued as new`);
    assert.equal(code, 0, stderr);
  });
});

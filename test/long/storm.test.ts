import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { StormOutcome } from '../../drill/storm/outcome.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The short form of `npm run drill -- storm`. */
describe('a storm', function () {
  this.timeout(1_500_000);

  it('leaves every build as its script says, and nothing stuck, doubled, open or not replayable', async () => {
    const cli = process.env['TEMPORAL_CLI'];
    const run = await runCommand(
      process.execPath,
      [join(ROOT, 'scripts/drill.mjs'), 'storm', '--short', '--json', '--no-install'],
      {
        cwd: ROOT,
        env: cli === undefined ? {} : { TEMPORAL_CLI: cli },
        timeoutMs: 1_440_000,
        maxBytes: 16 * 1024 ** 2,
      },
    );
    assert.notEqual(run.stdout, '', run.stderr.slice(-4000));
    const { details, beganAnew } = JSON.parse(run.stdout) as StormOutcome;
    for (const [name, lines] of Object.entries(details)) assert.deepEqual(lines, [], name);
    for (const [type, count] of Object.entries(beganAnew)) assert.ok(count > 0, `no ${type} began anew`);
    assert.equal(run.code, 0, run.stderr.slice(-4000));
  });
});

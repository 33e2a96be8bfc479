import assert from 'node:assert/strict';
import { exitStatus, type Report } from '../../mutate/report.js';
import { runMutate } from '../support/run-mutate.js';

describe('npm run mutate', function () {
  this.timeout(1_200_000);

  it('tries 40 edits of the workflows: every one is caught or known to change no command', async () => {
    const { stdout, stderr, exitCode } = await runMutate(['workflows', '--sample', '40', '--seed', 'long', '--json']);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual([report.notCaught, report.stale], [[], []], stderr);
    assert.deepEqual([report.broken, report.outdated], [[], []]);
    assert.deepEqual([report.caught + report.equivalent, report.invalid], [40, 0]);
    assert.equal(exitCode, exitStatus(report));
  });
});

import assert from 'node:assert/strict';
import { runLanes } from '../../../scripts/test-lanes.mjs';

/** Runs Node with each script as a lane of tests; resolves with the exit status and the printed lines. */
async function ran(...scripts: readonly string[]): Promise<{ readonly status: number; readonly lines: string[] }> {
  const lines: string[] = [];
  const status = await runLanes(
    scripts.map((script) => ['-e', script]),
    { cwd: process.cwd(), env: process.env, print: (line: string) => lines.push(line) },
  );
  return { status, lines };
}

describe('tests that run beside each other', () => {
  it('print one after the other, and end with one result', async () => {
    const slow = "setTimeout(() => console.log('a\\n3 passed, 1 failed, 2 skipped'), 300); process.exitCode = 1";
    const quick = "console.log('b\\n4 passed, 0 failed')";
    const { status, lines } = await ran(slow, quick);
    assert.deepEqual(lines, [
      'a',
      '3 passed, 1 failed, 2 skipped',
      'b',
      '4 passed, 0 failed',
      '7 passed, 1 failed, 2 skipped',
    ]);
    assert.equal(status, 1);
    assert.equal((await ran(quick, quick)).status, 0);
  });

  it('say at the end what failed in each', async () => {
    const first = "console.log('a\\n  1 failing\\n\\n  1) first\\n3 passed, 1 failed'); process.exitCode = 1";
    const second = "console.log('b\\n  2 failing\\n\\n  1) second\\n0 passed, 2 failed'); process.exitCode = 2";
    const { lines } = await ran(first, second);
    const end = lines.slice(lines.indexOf('failed tests'));
    assert.deepEqual(
      end.filter((line) => line !== ''),
      ['failed tests', '  1 failing', '  1) first', '  2 failing', '  1) second', '3 passed, 3 failed'],
    );
  });

  it('have failed if one ends without a result, whatever its exit status', async () => {
    const { status, lines } = await ran("console.log('1 passed, 0 failed')", "console.log('b')");
    assert.equal(status, 1);
    assert.deepEqual(lines.slice(-2), [
      'a part of the tests ended without a result, with exit status 0',
      '1 passed, 0 failed',
    ]);
  });
});

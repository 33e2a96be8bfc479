import assert from 'node:assert/strict';
import { argumentBatches } from '../../../src/adapters/process/argument-batches.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';

describe('argumentBatches', () => {
  it('keeps all arguments in their order, in lists that a program can be started with', async () => {
    const args = Array.from({ length: 3000 }, (_, index) => `/${'x'.repeat(index % 4000)}/${index}.rpm`);
    const batches = argumentBatches(args, 200);
    assert.deepEqual(batches.flat(), args);
    assert.ok(batches.every((batch) => batch.length <= 200));
    for (const batch of batches) {
      const { stdout } = await runCommand('printf', ['%s\n', ...batch], { timeoutMs: 30_000 });
      assert.equal(stdout, `${batch.join('\n')}\n`);
    }
  });

  it('has nothing to start a program for where there is no argument', () => {
    assert.deepEqual(argumentBatches([], 200), []);
  });

  it('gives an argument that fills a list one of its own', () => {
    const long = 'x'.repeat(100_000);
    assert.deepEqual(argumentBatches(['a', long, 'b'], 200), [['a'], [long], ['b']]);
  });
});

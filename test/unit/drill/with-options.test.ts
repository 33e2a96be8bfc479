import assert from 'node:assert/strict';
import { countOf, readOptions, UsageProblem } from '../../../drill/with-options.js';

describe('options of drills', () => {
  it('are wrong usage where they are unknown', () => {
    assert.throws(() => readOptions(['--bogus'], { builds: { type: 'string' } }), UsageProblem);
    assert.equal(readOptions(['--builds', '7'], { builds: { type: 'string' } }).values.builds, '7');
  });

  it('that count something take a number from 1 on, and nothing else', () => {
    assert.equal(countOf('--builds', '200'), 200);
    for (const text of ['', '0', '-1', '1.5', '1e3', '0x10', 'many', '1000001'])
      assert.throws(() => countOf('--builds', text), {
        message: `--builds wants a number from 1 to 1000000, not '${text}'`,
      });
  });
});

import assert from 'node:assert/strict';
import { cutLine, cutLineLength } from '../../../../src/domain/build/cut-log.js';

describe('cutLine', () => {
  it('is one line, found again at the end of a log and nowhere else', () => {
    const line = cutLine(1024);
    assert.deepEqual(line.trim().split('\n').length, 1);
    assert.equal(cutLineLength(line), line.length);
    assert.equal(cutLineLength(`half a li${line}`), line.length);
    assert.equal(cutLineLength(`${line}and on`), 0);
    assert.equal(cutLineLength(`${line}=== attempt 2 ===\n`), 0);
    assert.equal(cutLineLength(line.trimEnd()), 0);
    assert.equal(cutLineLength(''), 0);
  });

  it('is found under another limit, too', () => {
    assert.equal(cutLineLength(`log${cutLine(5)}`), cutLine(5).length);
  });
});

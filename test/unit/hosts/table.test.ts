import assert from 'node:assert/strict';
import type { BatchResult } from '../../../hosts/protocol.js';
import {
  closingLine,
  countsOf,
  failureLines,
  faultLines,
  tableLines,
  type TargetResult,
} from '../../../hosts/table.js';

const GOOD: BatchResult = { passed: 3, failed: 0, skipped: 0, failures: [] };
const BAD: BatchResult = {
  ...{ passed: 1, failed: 1, skipped: 2 },
  failures: [{ title: 'signs', message: 'two\nlines' }],
};

function target(name: string, what: Partial<TargetResult>): TargetResult {
  return { name, versions: {}, asked: ['adapters/a', 'adapters/b'], batches: new Map(), fault: null, ...what };
}

function cells(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((text) => text.trim());
}

const WHOLE = target('debian-12', {
  versions: { rpm: '4.18.0', node: '20.20.2' },
  batches: new Map([
    ['adapters/a', GOOD],
    ['adapters/b', BAD],
  ]),
});
const AWAY = target('debian-13', { fault: { kind: 'skipped', reason: 'the archive does not answer' } });
const BROKEN = target('debian-sid', {
  ...{ versions: { rpm: '6.1.0' }, batches: new Map([['adapters/a', GOOD]]) },
  fault: { kind: 'failed', reason: 'ended by SIGKILL' },
});

describe('the table of hosts', () => {
  it('has the tools first, then the files, a column for each host', () => {
    const lines = tableLines([WHOLE, AWAY, BROKEN]);
    assert.equal(new Set(lines.map((line) => line.length)).size, 1);
    assert.deepEqual([...lines.slice(0, 1), ...lines.slice(2)].map(cells), [
      ['', 'debian-12', 'debian-13', 'debian-sid'],
      ['rpm', '4.18.0', '-', '6.1.0'],
      ['node', '20.20.2', '-', '-'],
      ['`adapters/a`', '3 passed', 'skipped', '3 passed'],
      ['`adapters/b`', '1 passed, **1 failed**, 2 skipped', 'skipped', '**did not run**'],
    ]);
    assert.match(lines[1] ?? '', /^(\| -{3,} ){4}\|$/);
  });

  it('leaves a cell empty where nothing was asked for', () => {
    const other = target('debian-12, createrepo_c 1.2.5', {
      asked: ['adapters/b'],
      batches: new Map([['adapters/b', GOOD]]),
    });
    const row = tableLines([WHOLE, other]).find((line) => line.includes('adapters/a'));
    assert.match(row ?? '', /\| 3 passed +\| +\|$/);
  });

  it('tells what failed and why a host did not run', () => {
    assert.deepEqual(failureLines([WHOLE]), ['debian-12: adapters/b: signs', '    two', '    lines', '']);
    assert.deepEqual(faultLines([WHOLE, AWAY, BROKEN]), [
      'debian-13 skipped: the archive does not answer',
      'debian-sid failed: ended by SIGKILL',
    ]);
  });
});

describe('countsOf', () => {
  it('sums up what ran', () => {
    assert.equal(closingLine(countsOf([WHOLE])), '4 passed, 1 failed, 2 skipped');
    assert.equal(
      closingLine(
        countsOf([
          {
            ...WHOLE,
            batches: new Map([
              ['adapters/a', GOOD],
              ['adapters/b', GOOD],
            ]),
          },
        ]),
      ),
      '6 passed, 0 failed',
    );
  });

  it('counts what an archive that is away kept from running as skipped, never as passed', () => {
    assert.deepEqual(countsOf([AWAY]), { passed: 0, failed: 0, skipped: 2 });
  });

  it('counts what did not run for any other reason as failed', () => {
    assert.deepEqual(countsOf([BROKEN]), { passed: 3, failed: 1, skipped: 0 });
    assert.deepEqual(countsOf([{ ...WHOLE, fault: BROKEN.fault }]), { passed: 4, failed: 2, skipped: 2 });
    assert.deepEqual(countsOf([target('x', {})]), { passed: 0, failed: 2, skipped: 0 });
  });
});

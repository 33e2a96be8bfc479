import assert from 'node:assert/strict';
import { resultOf } from '../../../hosts/mocha-report.js';
import { versionIn } from '../../../hosts/tool-versions.js';

const stats = (passes: number, failures: number, pending = 0) => ({ passes, failures, pending });

describe('what came of a run of mocha', () => {
  const ended = { code: 0, summary: 'node exited with 0', stderr: '' };

  it('is what its report says', () => {
    assert.deepEqual(resultOf(JSON.stringify({ stats: stats(2, 0, 1), failures: [] }), ended), {
      ...{ passed: 2, failed: 0, skipped: 1, failures: [] },
    });
    const failures = [{ fullTitle: 'a b', err: { message: 'no' } }];
    assert.deepEqual(resultOf(JSON.stringify({ stats: stats(1, 1), failures }), { ...ended, code: 1 }), {
      ...{ passed: 1, failed: 1, skipped: 0, failures: [{ title: 'a b', message: 'no' }] },
    });
  });

  it('is a failure with its words where there is no report, or a good one of a bad end', () => {
    const died = { code: 1, summary: 'node exited with 1', stderr: 'Cannot find module x\n' };
    const message = 'node exited with 1\nCannot find module x';
    for (const report of [null, '{"stats": {', JSON.stringify({ stats: stats(0, 0), failures: [] })]) {
      const result = resultOf(report, died);
      assert.deepEqual([result.passed, result.failed, result.failures], [0, 1, [{ title: 'mocha', message }]]);
    }
  });
});

describe('versionIn', () => {
  for (const [printed, version] of [
    ['RPM version 4.20.1\n', '4.20.1'],
    ['gpg (GnuPG) 2.4.7\nlibgcrypt 1.11.0', '2.4.7'],
    ['Version: 1.2.0 (Features: DeltaRPM LegacyWeakdeps )', '1.2.0'],
    ['OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.1 1 Jul 2025', '10.0p2'],
    ['rsync  version 3.5.0  protocol version 32', '3.5.0'],
    ['v22.23.5\n', '22.23.5'],
    ['command not found', null],
  ] as const) {
    it(`reads ${JSON.stringify(printed)}`, () => {
      assert.equal(versionIn(printed), version);
    });
  }
});

import assert from 'node:assert/strict';
import {
  FAILURES,
  failureActor,
  isFailureCode,
  type FailureCode,
  isKeyRefusal,
  isRetryable,
} from '../../../../src/contracts/failures/failure-codes.js';

const codes = Object.keys(FAILURES) as readonly FailureCode[];

describe('FAILURES', () => {
  it('has facts in PascalCase, each with who must act and a meaning in one line', () => {
    for (const code of codes) {
      assert.match(code, /^([A-Z][a-z]+)+$/);
      assert.ok(['user', 'builder', 'operator', 'frontend', 'storage'].includes(failureActor(code)), code);
      assert.match(FAILURES[code].meaning, /^\S[^\n|]*[^\s.]$/, code);
    }
  });
});

describe('isFailureCode', () => {
  it('tells our codes from the names of foreign errors', () => {
    for (const code of codes) assert.equal(isFailureCode(code), true);
    for (const text of [
      'Error',
      'TypeError',
      'Detached',
      'packagefailed',
      'toString',
      '__proto__',
      '',
      null,
      undefined,
    ])
      assert.equal(isFailureCode(text), false);
  });
});

describe('isKeyRefusal', () => {
  it('is true for a key that is gone or over, not for a key service that refuses', () => {
    assert.deepEqual(codes.filter(isKeyRefusal), ['SigningKeyMissing', 'SigningKeyExpired']);
  });
});

describe('isRetryable', () => {
  it('waits for what is outside, and for nothing that speaks against the package, the task or the machine', () => {
    const passing = codes.filter(isRetryable);
    assert.deepEqual(
      [...new Set(passing.map(failureActor))].map((actor) => [
        actor,
        passing.filter((code) => failureActor(code) === actor),
      ]),
      [
        ['user', ['PackageUnreadable']],
        ['builder', ['BuilderUnreachable', 'DownloadFailed']],
        [
          'operator',
          [
            ...['ConfigurationInvalid', 'PulpUnconfigured', 'ResallocUnavailable', 'TicketClerkUnavailable'],
            ...['TemporalUnavailable', 'SignerUnavailable', 'ContentNetworkFailed'],
          ],
        ],
        ['frontend', ['FrontendUnavailable', 'FrontendTooOld']],
        ['storage', ['StorageFailed', 'RepositoryFailed', 'PulpUnavailable', 'PulpTaskFailed']],
      ],
    );
  });
});

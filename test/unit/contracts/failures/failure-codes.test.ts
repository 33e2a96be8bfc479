import assert from 'node:assert/strict';
import {
  FAILURES,
  failureGroup,
  isFailureCode,
  isKeyRefusal,
  isRetryable,
} from '../../../../src/contracts/failures/failure-codes.js';

const codes = Object.values(FAILURES).flat();

describe('FAILURES', () => {
  it('has every code once, as a fact in PascalCase', () => {
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.match(code, /^([A-Z][a-z]+)+$/);
  });

  it('groups by who must act', () => {
    assert.deepEqual(Object.keys(FAILURES), ['user', 'builder', 'operator', 'frontend', 'storage']);
    for (const [group, members] of Object.entries(FAILURES))
      for (const code of members) assert.equal(failureGroup(code), group);
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
    assert.deepEqual(
      Object.entries(FAILURES).map(([group, members]) => [group, members.filter(isRetryable)]),
      [
        ['user', ['PackageUnreadable']],
        ['builder', ['BuilderUnreachable', 'DownloadFailed']],
        [
          'operator',
          [
            ...['ConfigurationInvalid', 'ResallocUnavailable', 'TicketClerkUnavailable', 'TemporalUnavailable'],
            ...['SignerUnavailable', 'ContentNetworkFailed'],
          ],
        ],
        ['frontend', ['FrontendUnavailable', 'FrontendTooOld']],
        ['storage', ['StorageFailed', 'RepositoryFailed']],
      ],
    );
  });
});

import assert from 'node:assert/strict';
import { signVerified } from '../../../src/activities/signing/sign-verified.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { refusalOf } from '../../support/rejection.js';

const REQUEST = {
  project: { owner: 'jdoe', project: 'hello' },
  digest: 'sha256',
  packages: [
    {
      of: { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-44-x86_64', targetDir: '00000001-a' },
      rpms: ['a.rpm', 'b.rpm'],
    },
  ],
} as const;

describe('signVerified', () => {
  it('has all files verified after the signing, and says how many were signed', async () => {
    const calls: unknown[] = [];
    const signed = await signVerified(
      {
        sign: (request) => Promise.resolve(calls.push(['sign', request.packages])),
        verify: (request) => Promise.resolve(void calls.push(['verify', request])),
      },
      REQUEST,
    );
    assert.equal(signed, 1);
    assert.deepEqual(calls, [
      ['sign', REQUEST.packages],
      ['verify', REQUEST],
    ]);
  });

  it('takes no word of a signer for a good signature', async () => {
    const invalid = new PortFailure('SignatureInvalid', 'b.rpm', { retryable: false });
    const signer = { sign: () => Promise.resolve(2), verify: () => Promise.reject(invalid) };
    assert.equal(await refusalOf(signVerified(signer, REQUEST)), invalid);
  });
});

import assert from 'node:assert/strict';
import { keyIdentity } from '../../../../src/domain/signing/key-identity.js';

describe('keyIdentity', () => {
  it('keeps the sign of a group', () => {
    assert.deepEqual(keyIdentity({ owner: '@web', project: 'stack' }, 'example.org'), {
      realName: '@web_stack',
      email: '@web#stack@copr.example.org',
    });
  });
});

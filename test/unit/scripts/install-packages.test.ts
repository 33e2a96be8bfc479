import assert from 'node:assert/strict';
import { sameVersions } from '../../../scripts/install-packages.mjs';

describe('sameVersions', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/native-for-another-system': { version: '2.0.0', optional: true },
    },
  };

  it('is content without optional packages', () => {
    assert.equal(sameVersions(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } }), true);
  });

  it('notices another version and a missing package', () => {
    assert.equal(sameVersions(lock, { packages: { 'node_modules/a': { version: '1.0.1' } } }), false);
    assert.equal(sameVersions(lock, { packages: {} }), false);
    assert.equal(sameVersions(lock, {}), false);
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

describe('package.json', () => {
  const root = new URL('../../../', import.meta.url);
  const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, root), 'utf8'));

  it('says of every package with an install script whether the script may run', () => {
    const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };
    const { packages } = read('package-lock.json') as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const withScript = Object.entries(packages).filter(([, entry]) => entry.hasInstallScript === true);
    const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
    assert.deepEqual(Object.keys(allowScripts).sort(), [...new Set(names)].sort());
  });
});

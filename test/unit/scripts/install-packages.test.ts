import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packagesInPlace, sameVersions } from '../../../scripts/install-packages.mjs';
import { givenDirectory } from '../../support/given-directory.js';

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

describe('packagesInPlace', () => {
  it('holds in a checkout whatever becomes of one that has its node_modules by hard links', async () => {
    const directory = await givenDirectory();
    try {
      const [one, other] = ['one', 'other'].map((name) => path.join(directory.path, name)) as [string, string];
      given(one, '1.0.0');
      assert.equal(packagesInPlace(one), true);
      given(other, '2.0.0');
      const stamp = 'node_modules/.copr-backend-lock';
      linkSync(path.join(one, stamp), path.join(other, stamp));
      assert.equal(packagesInPlace(other), true);

      rmSync(path.join(one, 'node_modules/.package-lock.json')); // npm writes into it, too
      assert.equal(packagesInPlace(one), true);
    } finally {
      await directory.remove();
    }

    function given(checkout: string, version: string): void {
      const lock = JSON.stringify({ packages: { 'node_modules/a': { version } } });
      mkdirSync(path.join(checkout, 'node_modules'), { recursive: true });
      writeFileSync(path.join(checkout, 'package-lock.json'), lock);
      writeFileSync(path.join(checkout, 'node_modules/.package-lock.json'), lock);
    }
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

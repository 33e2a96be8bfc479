import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isRpmFileName, isRpmWord, rpmFileNames, unlistedFiles } from '../../../src/domain/rpm-file.js';

describe('isRpmFileName', () => {
  it('takes what rpmbuild writes', () => {
    for (const name of ['hello-1.0-1.x86_64.rpm', 'libstdc++-4.1^git1~rc2-1.fc42.noarch.rpm', '0ad-1..2-1.src.rpm'])
      assert.equal(isRpmFileName(name), true, name);
  });

  it('takes no pattern, option, path or hidden name', () => {
    for (const name of [
      '*.rpm',
      '-x.rpm',
      '.x.rpm',
      'a/b.rpm',
      'a b.rpm',
      'a{b}.rpm',
      'a\n.rpm',
      '.rpm',
      'a.rpm\n',
      '',
    ])
      assert.equal(isRpmFileName(name), false, name);
  });
});

describe('unlistedFiles', () => {
  const word = fc.string().filter(isRpmWord);
  const packages = fc.array(fc.record({ name: word, version: word, release: word, arch: word }));

  it('accounts for every package it was told of, and for nothing else', () => {
    fc.assert(
      fc.property(packages, (listed) => {
        const files = listed.flatMap((rpm) => rpmFileNames(rpm).slice(0, 1));
        assert.deepEqual(unlistedFiles(['not an rpm', ...files], listed), ['not an rpm']);
      }),
    );
  });

  it('knows a source package without its sources', () => {
    const listed = [{ name: 'hello', version: '1', release: '1', arch: 'src' }];
    assert.deepEqual(unlistedFiles(['hello-1-1.src.rpm', 'hello-1-1.nosrc.rpm', 'hello-1-1.x86_64.rpm'], listed), [
      'hello-1-1.x86_64.rpm',
    ]);
  });
});

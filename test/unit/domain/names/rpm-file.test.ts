import assert from 'node:assert/strict';
import {
  isBinaryPackage,
  isRpmFileName,
  isRpmWord,
  listedPackages,
  sourcePackageOf,
} from '../../../../src/domain/names/rpm-file.js';

describe('isRpmFileName', () => {
  it('takes what rpmbuild writes, also where a macro is known in the target alone', () => {
    for (const name of [
      ...['hello-1.0-1.x86_64.rpm', 'libstdc++-4.1^git1~rc2-1.fc42.noarch.rpm', '0ad-1..2-1.src.rpm'],
      ...['hello-1.0-2.x%{macro}.src.rpm', '%{name}-1-1.noarch.rpm', 'a{1,2}.rpm', 'größe-1-1.noarch.rpm'],
    ])
      assert.equal(isRpmFileName(name), true, name);
  });

  it('takes no option, path, hidden name or name that hides in a log', () => {
    for (const name of [
      ...[
        '-x.rpm',
        '--eval=%(id).rpm',
        '.x.rpm',
        'a/b.rpm',
        '../b.rpm',
        'a b.rpm',
        'a\n.rpm',
        '.rpm',
        'a.rpm\n',
        '',
        '*.rpm',
        'a[1].rpm',
      ],
      ...['a\u202e.rpm', 'a\u001b[0m.rpm', 'a\ufffd.rpm', 'a.rpmx', `${'x'.repeat(252)}.rpm`],
    ])
      assert.equal(isRpmFileName(name), false, JSON.stringify(name));
  });
});

describe('isRpmWord', () => {
  it('takes the parts of names that rpm takes', () => {
    for (const word of ['2.x%{macro}', '1^20240101git', '.1', '1..2', 'x86_64', 'x'.repeat(255)])
      assert.equal(isRpmWord(word), true, word);
  });

  it('takes no path, option, or more than one word', () => {
    for (const word of ['', '.', '..', '-1', 'a/b', '../x', 'a b', '1$(id)', '*', 'a\u200b', 'x'.repeat(256)])
      assert.equal(isRpmWord(word), false, JSON.stringify(word));
  });
});

describe('listedPackages', () => {
  const HELLO = { name: 'hello', version: '1', release: '1', arch: 'x86_64' };

  it('knows a package by its whole name', () => {
    const isListed = listedPackages([HELLO, { ...HELLO, name: 'a-b', version: 'c' }]);
    assert.equal(isListed({ ...HELLO, isSource: false }), true);
    assert.equal(isListed({ ...HELLO, name: 'a-b', version: 'c', isSource: false }), true);
    assert.equal(isListed({ ...HELLO, name: 'a', version: 'b-c', isSource: false }), false);
    for (const other of [{ name: 'bye' }, { version: '2' }, { release: '2' }, { arch: 'noarch' }])
      assert.equal(isListed({ ...HELLO, ...other, isSource: false }), false, JSON.stringify(other));
  });

  it('knows a source package by what builders call it, with its sources and without', () => {
    const source = { ...HELLO, isSource: true };
    for (const arch of ['src', 'nosrc', 'x86_64'])
      assert.equal(listedPackages([{ ...HELLO, arch }])(source), true, arch);
    assert.equal(listedPackages([{ ...HELLO, arch: 'noarch' }])(source), false);
    assert.equal(listedPackages([{ ...HELLO, arch: 'src' }])({ ...HELLO, isSource: false }), false);
  });
});

describe('isBinaryPackage', () => {
  it('is not a source package, by its architecture or by its file', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['x86_64', '00000001-a/a-1-1.x86_64.rpm', true],
      ['noarch', 'src.rpm', true],
      ['src', '00000001-a/any-name.rpm', false],
      ['nosrc', '00000001-a/any-name.rpm', false],
      ['x86_64', '00000001-a/a-1-1.src.rpm', false],
      ['x86_64', '00000001-a/a-1-1.nosrc.rpm', false],
    ];
    for (const [arch, href, isBinary] of cases)
      assert.equal(isBinaryPackage({ arch, href }), isBinary, `${arch} ${href}`);
  });
});

describe('sourcePackageOf', () => {
  it('finds the package that brings its sources along', () => {
    assert.equal(sourcePackageOf(['/r/a-1-1.nosrc.rpm', '/r/a-1-1.src.rpm']), '/r/a-1-1.src.rpm');
    assert.equal(sourcePackageOf(['/r/a-1-1.nosrc.rpm', '/r/a-1-1.noarch.rpm']), undefined);
  });
});

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import fc from 'fast-check';
import { isSafeName } from '../../../../src/domain/names/safe-name.js';

describe('isSafeName', () => {
  it('takes the names that Copr has', () => {
    for (const name of ['jdoe', '@group', 'project:pr:12', 'fedora-42-x86_64', 'centos-stream+epel-next-9-x86_64'])
      assert.equal(isSafeName(name), true, name);
    for (const name of ['libstdc++', '00001234-hello', 'python3.12', '_x', 'a~b', 'a^1'])
      assert.equal(isSafeName(name), true, name);
  });

  it('takes the names that rpm has, and any other that people can read', () => {
    for (const name of ['00000007-%{pypi_name}', '2%fedora', 'a..b', 'bücher', '包', 'a{b}=c,d#e', 'x'.repeat(255)])
      assert.equal(isSafeName(name), true, name);
  });

  it('takes no path, option or hidden name', () => {
    for (const name of [
      '',
      '.',
      '..',
      '.hidden',
      '...',
      '-rf',
      '--',
      'a/b',
      '/a',
      'a/',
      '../a',
      'a\\b',
      'a%2fb',
      'a%5Cb',
    ])
      assert.equal(isSafeName(name), false, JSON.stringify(name));
  });

  it('takes nothing that acts in a shell it is copied to', () => {
    for (const name of [
      '$a',
      '`id`',
      '$(id)',
      'a;b',
      'a&',
      'a|b',
      'a>b',
      "it's",
      '"a"',
      '*',
      'a?',
      '[a]',
      '!1',
      '~root',
    ])
      assert.equal(isSafeName(name), false, JSON.stringify(name));
  });

  it('takes nothing that hides in a log', () => {
    const hiding = [
      ...['a\n', 'a\0', 'a\tb', '\u001b[2Ja', 'a\u0085', 'a\u007f'], // control characters
      ...['a b', ' a', 'a ', 'a\u00a0', 'a\u3000b', 'a\u2028b'], // two words, or two lines
      ...['a\u202eb', 'a\u2066b', 'a\u200bb', 'a\u200d', '\ufeffa', 'a\u00adb'], // what turns text around, or is not seen
      ...['a\u034f', 'a\ufe0f', 'a\u3164', 'a\u115f', 'a\u2800', 'a\u{e0041}'],
      ...['\u0301a', 'a\ud800', 'a\ufffd', 'a\ue000', 'a\u0378'], // no character of its own, or none at all
    ];
    for (const name of hiding) assert.equal(isSafeName(name), false, JSON.stringify(name));
  });

  it('takes nothing that is too long for a file system, which counts bytes', () => {
    assert.equal(isSafeName('x'.repeat(256)), false);
    assert.equal(isSafeName('ü'.repeat(127)), true);
    assert.equal(isSafeName('ü'.repeat(128)), false);
  });

  it('never lets a name leave its directory', () => {
    const words = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', '-', '~', '@', ':', '\0', '\n', ' ') }),
    );
    fc.assert(
      fc.property(words, (name) => {
        const joined = posix.join('/root/of/results', name);
        const stays = posix.dirname(joined) === '/root/of/results' && posix.basename(joined) === name;
        assert.ok(!isSafeName(name) || stays, JSON.stringify(name));
      }),
      { numRuns: 2000 },
    );
  });
});

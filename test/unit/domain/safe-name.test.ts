import assert from 'node:assert/strict';
import { posix } from 'node:path';
import fc from 'fast-check';
import { isSafeName } from '../../../src/domain/safe-name.js';

describe('isSafeName', () => {
  it('takes the names that Copr has', () => {
    for (const name of ['jdoe', '@group', 'project:pr:12', 'fedora-42-x86_64', 'centos-stream+epel-next-9-x86_64'])
      assert.equal(isSafeName(name), true, name);
    for (const name of ['libstdc++', '00001234-hello', 'python3.12', '_x', 'a~b', 'a^1'])
      assert.equal(isSafeName(name), true, name);
  });

  it('takes no path, option, hidden name, control character or word of a shell', () => {
    const hostile = [
      '',
      '.',
      '..',
      '.hidden',
      '-rf',
      'a/b',
      '/a',
      'a..b',
      'a\\b',
      'a b',
      'a\n',
      'a\0',
      'a;b',
      '$a',
      '*',
    ];
    for (const name of [...hostile, '~root', 'ä', 'a%2fb', 'x'.repeat(256)])
      assert.equal(isSafeName(name), false, JSON.stringify(name));
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

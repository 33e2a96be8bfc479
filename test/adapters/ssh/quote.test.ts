import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { remoteCommand, shellQuote } from '../../../src/adapters/ssh/quote.js';

/** Any text that can be an argument: no NUL, no half surrogate. */
const word = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\0'));
const nasty = fc.constantFrom(
  "'",
  "''",
  '"',
  '$(id)',
  '`id`',
  '\\',
  '\n',
  '\r\n',
  '*',
  '~',
  '!',
  '-n',
  'a=b',
  '',
  ' ',
  '&;|<>#',
);
const words = fc.array(
  fc.oneof(
    word,
    nasty,
    fc.tuple(nasty, word).map((parts) => parts.join('')),
  ),
  { minLength: 1, maxLength: 20 },
);

describe('shellQuote', () => {
  it('gives a real shell exactly the words that went in', () => {
    fc.assert(
      fc.property(words, (given) => {
        const script = `printf '%s\\0' ${given.map(shellQuote).join(' ')}`;
        assert.deepEqual(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1), given);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves plain words as they are', () => {
    assert.equal(shellQuote('fedora-42-x86_64'), 'fedora-42-x86_64');
    assert.equal(shellQuote('https://fe.example.org/backend/x'), 'https://fe.example.org/backend/x');
  });

  it('refuses NUL', () => {
    assert.throws(() => shellQuote('a\0b'), RangeError);
  });
});

describe('remoteCommand', () => {
  it('runs the program with exactly these arguments', () => {
    const output = execFileSync('sh', ['-c', remoteCommand('printf', '%s|', '$HOME', "it's", '')], {
      encoding: 'utf8',
    });
    assert.equal(output, "$HOME|it's||");
  });

  it('does not take an assignment for the program', () => {
    assert.throws(() => execFileSync('sh', ['-c', remoteCommand('A=b')], { stdio: 'ignore' }));
  });
});

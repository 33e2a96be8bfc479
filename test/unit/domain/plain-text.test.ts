import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainJson, plainLine, plainLines } from '../../../src/domain/plain-text.js';

const STEERS = /\p{Cc}|\p{Bidi_Control}/u;

describe('words of others for a terminal', () => {
  const cases: readonly (readonly [what: string, text: string, plain: string])[] = [
    ['colours', '\u001b[1;31mred\u001b[0m and \u001b[38:2::1:2:3mmore', 'red and more'],
    ['the cursor', 'a\u001b[2J\u001b[1;1H\u001b[?25lb', 'ab'],
    ['titles and links', '\u001b]0;title\u0007\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['questions to the terminal', 'a\u001bP$qm\u001b\\b\u001b[6nc', 'abc'],
    ['resets and character sets', '\u001bca\u001b(0b\u001b#8c', 'abc'],
    ['introducers in one byte', 'a\u009b31mb\u009d0;title\u009cc', 'abc'],
    ['a string without an end', 'a\u001b]0;what follows is shown', 'a0;what follows is shown'],
    ['a sequence that is cut', 'a\u001b[31', 'a31'],
    ['a lone escape', 'a\u001b', 'a?'],
    ['other control characters', 'a\u0000b\u0008c\u007fd\u0085e\u009ff', 'a?b?c?d?e?f'],
    ['text that is turned around', 'evil\u202excod.exe', 'evilxcod.exe'],
    ['what is meant', 'Möbel 日本 📦 \u0301', 'Möbel 日本 📦 \u0301'],
    ['several lines', 'a\r\nb\nc\rd\u2028e\tf', 'a b c d e f'],
  ];
  for (const [what, text, plain] of cases)
    it(`have nothing of ${what}`, () => {
      assert.equal(plainLine(text), plain);
    });

  it('keep their lines, each one that a progress bar wrote, and tabs', () => {
    assert.deepEqual(plainLines('10%\r20%\r\n\tdone\n'), ['10%', '20%', '\tdone', '']);
  });

  it('steer nothing, whatever they are, and as JSON stay what they are', () => {
    const words = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          '\u001b',
          '[',
          ']',
          'P',
          ';',
          '3',
          'm',
          '\u0007',
          '\\',
          '\u009b',
          '\u009d',
          '\r',
          '\n',
          '\u202e',
        ),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
      maxLength: 200,
    });
    fc.assert(
      fc.property(words, (text) => {
        assert.doesNotMatch(plainLine(text), STEERS);
        const json = plainJson({ [text]: text });
        assert.doesNotMatch(json, STEERS);
        assert.deepEqual(JSON.parse(json), { [text]: text });
      }),
    );
  });
});

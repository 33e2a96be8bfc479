import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { sha256 } from '../../../src/contracts/sha256.js';

const theirs = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

describe('sha256', () => {
  it('is that of node:crypto at every length around the size of a block', () => {
    for (let length = 0; length <= 260; length += 1)
      assert.equal(sha256('a'.repeat(length)), theirs('a'.repeat(length)));
  });

  it('is that of node:crypto for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => assert.equal(sha256(text), theirs(text))),
    );
    for (const text of ['', 'abc', '\u{10ffff}', '\0'.repeat(100)]) assert.equal(sha256(text), theirs(text));
  });
});

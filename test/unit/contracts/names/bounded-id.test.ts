import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { boundedId, isShortened } from '../../../../src/contracts/names/bounded-id.js';

/** Names of every length around the bound, of characters of one to four bytes. */
const name = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('a', '/', 'é', '€', '𝄞'), minLength: 60, maxLength: 400 }),
  fc.nat({ max: 600 }).map((length) => 'repository/jdoe/'.padEnd(length, 'x')),
);

describe('boundedId', () => {
  it('never has more than 255 bytes', () => {
    fc.assert(fc.property(name, (text) => assert.ok(Buffer.byteLength(boundedId(text)) <= 255)));
  });

  it('ends with the hash that node:crypto makes of the whole name', () => {
    for (const long of ['x'.repeat(300), 'repository/jdoe/'.padEnd(600, '€'), '𝄞'.repeat(100)]) {
      const hash = createHash('sha256').update(long, 'utf8').digest('hex');
      assert.equal(boundedId(long).split('=')[1], hash.slice(0, 40));
    }
  });

  it('is the same each time, and is the name itself where that fits', () => {
    fc.assert(
      fc.property(name, (text) => {
        const id = boundedId(text);
        assert.equal(boundedId(text), id);
        assert.equal(isShortened(id), Buffer.byteLength(text) > 255);
        if (!isShortened(id)) assert.equal(id, text);
      }),
    );
    for (const length of [254, 255]) assert.equal(boundedId('x'.repeat(length)), 'x'.repeat(length));
  });

  it('tells names apart that differ in one character, wherever it stands', () => {
    const ids = new Set<string>();
    for (let at = 0; at < 500; at += 1) ids.add(boundedId(`${'x'.repeat(at)}y${'x'.repeat(499 - at)}`));
    assert.equal(ids.size, 500);
    fc.assert(
      fc.property(name, name, (one, other) => {
        if (one !== other) assert.notEqual(boundedId(one), boundedId(other));
      }),
    );
  });

  it('gives no name the id of another that was shortened', () => {
    fc.assert(
      fc.property(name, (text) => {
        const id = boundedId(text);
        if (id !== text) assert.notEqual(boundedId(id), id);
      }),
    );
    const victim = boundedId('repository/jdoe/'.padEnd(400, 'x'));
    assert.notEqual(boundedId(victim), victim);
  });

  it('keeps its kind and beginning readable', () => {
    assert.match(boundedId(`project/@web/${'x'.repeat(300)}`), /^project\/@web\/x{201}=[0-9a-f]{40}$/);
  });
});

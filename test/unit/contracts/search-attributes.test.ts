import assert from 'node:assert/strict';
import * as keys from '../../../src/contracts/search-attributes.js';
import registered from '../../../temporal/search-attributes.json' with { type: 'json' };

describe('search attributes', () => {
  it('are the ones that the server is told of, all keywords', () => {
    assert.deepEqual(Object.fromEntries(Object.values(keys).map((key) => [key.name, 'Keyword'])), registered);
    for (const key of Object.values(keys)) assert.equal(key.type, 'KEYWORD');
  });
});

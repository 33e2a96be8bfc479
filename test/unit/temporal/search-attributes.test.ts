import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as keys from '../../../src/contracts/search-attributes.js';

describe('temporal/search-attributes.json', () => {
  it('lists the typed keys of the contracts', () => {
    const text = readFileSync(new URL('../../../temporal/search-attributes.json', import.meta.url), 'utf8');
    const typed = Object.values(keys).flatMap((key) => (typeof key === 'function' ? [] : [[key.name, 'Keyword']]));
    assert.deepEqual(JSON.parse(text), Object.fromEntries(typed));
  });
});

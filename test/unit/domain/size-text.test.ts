import assert from 'node:assert/strict';
import { sizeText } from '../../../src/domain/size-text.js';

describe('sizeText', () => {
  it('changes the unit at 1,024', () => {
    assert.equal(sizeText(1023), '1023 B');
    assert.equal(sizeText(1024), '1.0 KiB');
    assert.equal(sizeText(5 * 1024 * 1024), '5.0 MiB');
    assert.equal(sizeText(3 * 1024 ** 4), '3.0 TiB');
  });
});

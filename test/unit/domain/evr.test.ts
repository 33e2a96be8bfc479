import assert from 'node:assert/strict';
import { formatEvr } from '../../../src/domain/evr.js';

describe('formatEvr', () => {
  it('prints an epoch that was given, 0 too', () => {
    const evr = { version: '1.28.0', release: '1.fc42' };
    assert.deepEqual(
      [null, 0, 2].map((epoch) => formatEvr({ ...evr, epoch })),
      ['1.28.0-1.fc42', '0:1.28.0-1.fc42', '2:1.28.0-1.fc42'],
    );
  });
});

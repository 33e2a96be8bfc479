import assert from 'node:assert/strict';
import { fairShare } from '../../../../drill/upgrade/fair-share.js';

describe('the share of a ramp', () => {
  it('is right within five percent points, or if few builds split as a fair draw may, but never if none went', () => {
    assert.deepEqual(fairShare(1000, 10), [50, 150]);
    assert.deepEqual(fairShare(40, 10), [1, 11]);
  });
});

import assert from 'node:assert/strict';
import { runLimitMs } from '../../../src/adapters/rpm/package-files.js';

describe('the time that an rpm tool has', () => {
  it('is minutes for a package of gigabytes, on a disk that is slow', () => {
    const [mebibyte, minute] = [1024 ** 2, 60_000];
    assert.ok(runLimitMs([4500 * mebibyte]) > 15 * minute);
    assert.ok(runLimitMs([1000]) < 2 * minute, 'and stays short for a small one');
    assert.ok(runLimitMs(Array.from({ length: 200 }, () => 10 * mebibyte)) < 60 * minute);
  });
});

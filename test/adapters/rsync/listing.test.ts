import assert from 'node:assert/strict';
import { MAX_ENTRIES, readListing } from '../../../src/adapters/rsync/listing.js';

const line = (name: string, size = 1, mode = '-rw-r--r--'): string =>
  `${mode} ${String(size).padStart(11)} 2026/11/22 20:11:59 ${name}`;

describe('readListing', () => {
  it('adds up files, and knows directories and links', () => {
    const output = [
      line('.', 4096, 'drwxr-xr-x'),
      line('a', 3),
      line('d/ b  ', 4),
      line('l', 9, 'lrwxrwxrwx'),
      '',
    ].join('\n');
    assert.deepEqual(readListing(output, 7), { files: new Set(['a', 'd/ b  ']), bytes: 7 });
  });

  it('reads modes of old and new versions', () => {
    assert.equal(readListing(`${line('a', 1, '-rw-r--r--+')}\n${line('b', 1, '-rwsr-xr-t')}\n`, 9).files.size, 2);
  });

  it('names the biggest file when it is too much', () => {
    const output = [line('a', 3), line('b', 5), line('c', 4)].join('\n');
    assert.throws(() => readListing(output, 11), {
      code: 'ResultsTooLarge',
      message: /12 bytes.*11 allowed.*"b" with 5/,
    });
  });

  for (const name of ['/etc/passwd', '../up', 'a/../../b', 'nl\\#012', 'del\u007f']) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      assert.throws(() => readListing(line(name), 9), { code: 'ResultsInvalid', retryable: false });
    });
  }

  it('refuses what it does not understand, and too much of what it does', () => {
    assert.throws(() => readListing('sending incremental file list\n', 9), { code: 'ResultsInvalid' });
    assert.throws(() => readListing(`${line('', 0)}\n`.repeat(2), 9), { code: 'ResultsInvalid' });
    assert.throws(() => readListing(`${line('a', 0)}\n`.repeat(MAX_ENTRIES + 1), 9), /more than 100000 entries/);
  });
});

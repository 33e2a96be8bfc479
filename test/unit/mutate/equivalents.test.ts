import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEquivalents } from '../../../mutate/equivalents.js';
import { givenDirectory } from '../../support/given-directory.js';

describe('readEquivalents', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => (directory = await givenDirectory()));
  afterEach(() => directory.remove());

  async function read(content: unknown): Promise<ReadonlyMap<string, string>> {
    const file = join(directory.path, 'edits.json');
    await writeFile(file, JSON.stringify(content));
    return readEquivalents(file);
  }

  it('gives the reason of each edit', async () => {
    const reasons = await read([{ reason: 'a text', edits: ['one', 'two'] }]);
    assert.deepEqual(
      [...reasons],
      [
        ['one', 'a text'],
        ['two', 'a text'],
      ],
    );
  });

  it('refuses an edit without a reason, and one that is listed twice', async () => {
    await assert.rejects(read([{ reason: '', edits: ['one'] }]));
    await assert.rejects(read([{ edits: ['one'] }]));
    await assert.rejects(
      read([
        { reason: 'a text', edits: ['one'] },
        { reason: 'a length', edits: ['one'] },
      ]),
      /twice: one/,
    );
  });
});

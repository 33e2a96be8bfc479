import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from '../../../src/config/configuration-page.js';
import { OPTIONS } from '../../../src/config/schema.js';

const PAGE = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));

describe('docs/configuration.md', () => {
  it('is what `npx tsx scripts/write-configuration-doc.ts` writes', () => {
    assert.equal(readFileSync(PAGE, 'utf8'), configurationPage());
  });

  it('has no line of prose longer than 100 columns, as prettier sees to in other pages', () => {
    const prose = configurationPage()
      .split('\n')
      .filter((line) => !line.startsWith('|'));
    assert.deepEqual(
      prose.filter((line) => line.length > 100),
      [],
    );
  });

  it('has every key and shows no default of a required one', () => {
    const page = configurationPage();
    for (const { key } of Object.values(OPTIONS)) assert.ok(page.includes(`| \`${key}\` |`), key);
    assert.match(page, /\| `destdir` \| path \| \*\*required\*\* \|/);
  });
});

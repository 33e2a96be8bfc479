import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WORKFLOW_TYPES } from '../../../src/contracts/workflows.js';
import { bundledFiles } from '../../../scripts/tables/bundled-files.js';
import { decisionOf } from '../../../scripts/tables/decisions.js';
import { withPart, writtenPages } from '../../../scripts/tables/written-pages.js';

describe('pages written from the code', function () {
  // The compiler reads the contracts.
  this.timeout(60_000);

  let pages: ReadonlyMap<string, string>;

  before(async () => {
    pages = await writtenPages();
  });

  it('are what `npx tsx scripts/write-tables.ts` writes', () => {
    for (const [file, text] of pages) {
      assert.equal(readFileSync(file, 'utf8'), text, `${path.basename(file)} is stale`);
    }
  });

  it('name every workflow type', () => {
    const text = [...pages.values()].join('\n');
    const unnamed = WORKFLOW_TYPES.filter((type) => !text.includes(`| \`${type}\``));
    assert.deepEqual(unnamed, []);
  });

  it('refuse a decision without number, date or status', () => {
    const record = '# 0001 Temporal runs every task\n\nDate: 2026-11-22. Status: accepted.\n';
    assert.equal(decisionOf('0001-temporal.md', record).title, 'Temporal runs every task');
    for (const wrong of [
      record.replace('0001', '0002'),
      record.replace('Date', 'On'),
      record.replace('accepted', ''),
    ]) {
      assert.throws(() => decisionOf('0001-temporal.md', wrong), /0001-temporal\.md lacks/);
    }
  });

  it('keep what stands around a part', () => {
    const page = 'a\n<!-- written: x -->\nold\n<!-- end of x -->\nb\n';
    assert.equal(withPart(page, 'x', 'new'), 'a\n<!-- written: x -->\n\nnew\n\n<!-- end of x -->\nb\n');
    assert.throws(() => withPart(page, 'y', 'new'), /no place for y/);
  });

  it('follow imports of values, not of types', () => {
    const files = bundledFiles();
    assert.ok(files.includes('src/domain/event-budget.ts'), 'counted with by the workflows');
    assert.ok(!files.includes('src/contracts/activities.ts'), 'types alone');
  });
});

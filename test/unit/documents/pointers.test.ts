import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { danglingPointers, writtenFiles } from '../../support/document-pointers.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('pointers to pages', () => {
  it('lead to pages and sections that are in the repository', () => {
    const files = writtenFiles(ROOT).filter((file) => file !== path.relative(ROOT, fileURLToPath(import.meta.url)));
    const missing = files.flatMap((file) => danglingPointers(ROOT, file, readFileSync(path.join(ROOT, file), 'utf8')));
    assert.deepEqual(missing, []);
  });

  const inCode = (comment: string) => danglingPointers(ROOT, 'src/domain/names/evr.ts', comment);
  const onPage = (line: string) => danglingPointers(ROOT, 'docs/overview.md', line);

  it('are found in comments of code', () => {
    assert.deepEqual(inCode('/** As docs/neighbours/frontend.md#reports says (RFC 4880 §6.1). */'), []);
    assert.deepEqual(inCode('/** Five keys (docs/neighbours/frontend.md#repots). */'), [
      'src/domain/names/evr.ts:1: docs/neighbours/frontend.md#repots',
    ]);
    assert.deepEqual(inCode("const page = 'lost.md'; // as lost.md says"), ['src/domain/names/evr.ts:1: lost.md']);
    assert.deepEqual(inCode('\n * nothing is signed before (quirk 19)'), ['src/domain/names/evr.ts:2: (quirk 19)']);
    assert.deepEqual(inCode('  // settled (design §6)'), ['src/domain/names/evr.ts:1: §6)']);
  });

  it('are found in links of pages', () => {
    assert.deepEqual(onPage('see [stages](technical-description.md#stages-of-a-build), [it](https://example.org)'), []);
    assert.deepEqual(onPage('see [stages](technical-description.md#stages)'), [
      'docs/overview.md:1: technical-description.md#stages',
    ]);
    assert.deepEqual(onPage('see [lost](lost.md)'), ['docs/overview.md:1: lost.md']);
  });
});

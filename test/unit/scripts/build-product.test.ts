import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIsCurrent, sourceFingerprint } from '../../../scripts/build-product.mjs';

describe('sourceFingerprint', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'copr-sources-'));
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'tsconfig.build.json'), '{}');
    writeFileSync(join(root, 'src', 'one.ts'), 'export {};\n');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('stays the same while nothing is touched', () => {
    assert.equal(sourceFingerprint(root), sourceFingerprint(root));
  });

  it('changes with a new, a removed and a written file', () => {
    const seen = [sourceFingerprint(root)];
    writeFileSync(join(root, 'src', 'two.ts'), '');
    seen.push(sourceFingerprint(root));
    utimesSync(join(root, 'src', 'two.ts'), 1, 1);
    seen.push(sourceFingerprint(root));
    rmSync(join(root, 'src', 'one.ts'));
    seen.push(sourceFingerprint(root));
    assert.equal(new Set(seen).size, seen.length);
  });

  it('is what the stamp of a current build holds', () => {
    assert.equal(buildIsCurrent(root), false);
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'dist', '.build-stamp'), sourceFingerprint(root));
    assert.equal(buildIsCurrent(root), true);
    writeFileSync(join(root, 'src', 'three.ts'), '');
    assert.equal(buildIsCurrent(root), false);
  });

  it('takes an installation without sources as built', () => {
    rmSync(join(root, 'tsconfig.build.json'));
    assert.equal(buildIsCurrent(root), true);
  });
});

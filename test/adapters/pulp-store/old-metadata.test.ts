import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { collectOldMetadata, removeOldMetadata } from '../../../src/adapters/pulp-store/old-metadata.js';
import { givenDirectory } from '../../support/given-directory.js';

const HOUR_MS = 3_600_000;

describe('metadata that a project left in the results tree when it moved to Pulp', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    root = await givenDirectory();
    for (const directory of ['repodata', 'devel/repodata']) {
      await mkdir(path.join(root.path, directory), { recursive: true });
      for (const name of ['repomd.xml', 'primary.xml.gz']) await writeFile(path.join(root.path, directory, name), '');
    }
  });
  afterEach(() => root.remove());
  const isThere = (file: string): boolean => existsSync(path.join(root.path, file));

  it('hides nothing any more, and is read to its end by those who have begun', async () => {
    await removeOldMetadata(path.join(root.path, 'repodata'), new Set());
    assert.deepEqual(['repodata/repomd.xml', 'repodata/primary.xml.gz'].map(isThere), [false, true]);
    assert.ok(isThere('devel/repodata/repomd.xml'));
    const due =
      (await collectOldMetadata(path.join(root.path, 'repodata'), { now: Date.now(), graceMs: HOUR_MS })) ??
      assert.fail();
    assert.ok(isThere('repodata/primary.xml.gz'));
    assert.equal(await collectOldMetadata(path.join(root.path, 'repodata'), { now: due, graceMs: HOUR_MS }), null);
    assert.ok(!isThere('repodata'));
  });

  it('stays where the tree still serves it', async () => {
    const now = Date.now() + 2 * HOUR_MS;
    assert.equal(await collectOldMetadata(path.join(root.path, 'devel/repodata'), { now, graceMs: HOUR_MS }), null);
    assert.ok(isThere('devel/repodata/primary.xml.gz'));
  });
});

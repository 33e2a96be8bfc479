import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { batchesOf, NAMED_PLACES, TEST_SETS } from '../../../hosts/test-sets.js';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const IN_ROOT = { inRoot: true, publicationOnly: false };

function namesOf(...args: Parameters<typeof batchesOf> extends [string, ...infer Rest] ? Rest : never) {
  return batchesOf(CHECKOUT, ...args).map(({ name }) => name);
}

describe('the sets of tests for hosts', () => {
  it('name files and directories that are there', () => {
    assert.deepEqual(
      NAMED_PLACES.filter((place) => !existsSync(join(CHECKOUT, place))),
      [],
    );
  });

  for (const set of TEST_SETS) {
    it(`${set}: has files in each batch, and each batch once`, () => {
      const batches = batchesOf(CHECKOUT, { set, files: [] }, IN_ROOT);
      assert.ok(batches.length > 0 && batches.every(({ files }) => files.length > 0));
      assert.equal(new Set(batches.map(({ name }) => name)).size, batches.length);
    });
  }

  it('run what a root can run, a file at a time', () => {
    const names = namesOf({ set: 'all', files: [] }, IN_ROOT);
    for (const name of ['adapters/gpg/signer', 'hosts/main-job', 'system/first-package']) {
      assert.ok(names.includes(name), name);
    }
    for (const name of ['system/web-ui', 'adapters/message-bus/buses']) assert.ok(!names.includes(name), name);
  });

  it('leave to roots what writes into the checkout', () => {
    const here = { inRoot: false, publicationOnly: false };
    assert.ok(!namesOf({ set: 'all', files: [] }, here).includes('hosts/main-job'));
    assert.ok(namesOf({ set: 'all', files: [] }, here).includes('system/web-ui'));
  });

  it('run a tier at a time for a release of Node, where its files are small', () => {
    assert.deepEqual(namesOf({ set: 'node', files: [] }, IN_ROOT), ['unit', 'replay', 'activities']);
    const names = namesOf({ set: 'tiers', files: [] }, IN_ROOT);
    for (const name of ['unit', 'boundary', 'workflows/scenarios', 'system/first-package'])
      assert.ok(names.includes(name), name);
  });

  it('give way to files and directories that are named', () => {
    const files = ['test/adapters/rpm', 'test/unit/hosts/lock.test.ts'];
    const names = namesOf({ set: 'short', files }, IN_ROOT);
    assert.ok(names.includes('adapters/rpm/package-header') && names.includes('unit/hosts/lock'));
    assert.ok(names.every((name) => name.startsWith('adapters/rpm/') || name === 'unit/hosts/lock'));
  });

  it('are those of publication alone with another createrepo_c', () => {
    const names = namesOf({ set: 'short', files: [] }, { inRoot: true, publicationOnly: true });
    assert.ok(names.includes('adapters/project-tree/comps') && names.includes('hosts/main-job'));
    assert.ok(names.every((name) => !name.startsWith('adapters/ssh/')));
  });
});

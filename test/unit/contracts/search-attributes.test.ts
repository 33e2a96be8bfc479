import assert from 'node:assert/strict';
import * as contract from '../../../src/contracts/search-attributes.js';
import registered from '../../../temporal/search-attributes.json' with { type: 'json' };

const { searchAttributes, searchAttributeNames, ...keys } = contract;

describe('search attributes', () => {
  it('are the ones that the server is told of, all keywords', () => {
    assert.deepEqual(Object.fromEntries(Object.values(keys).map((key) => [key.name, 'Keyword'])), registered);
    for (const key of Object.values(keys)) assert.equal(key.type, 'KEYWORD');
    assert.deepEqual(searchAttributeNames(), Object.keys(registered));
  });

  it('are those that are given, each under its key', () => {
    const pairs = searchAttributes({ owner: '@web', packageName: '', stage: 'building' });
    assert.deepEqual(
      pairs.map(({ key, value }) => [key.name, value]),
      [
        ['CoprOwner', '@web'],
        ['CoprPackage', ''],
        ['CoprStage', 'building'],
      ],
    );
  });

  it('are cut where a store would not take them, and in no character', () => {
    const [owner, project, chroot] = searchAttributes({
      owner: 'x'.repeat(300),
      project: `x${'é'.repeat(300)}`,
      chroot: '𝄞'.repeat(64),
    });
    assert.equal(owner?.value, 'x'.repeat(255));
    assert.equal(project?.value, `x${'é'.repeat(127)}`);
    assert.equal(chroot?.value, '𝄞'.repeat(63));
  });
});

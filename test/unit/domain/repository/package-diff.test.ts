import assert from 'node:assert/strict';
import { diffPackages, formatNevra, type Nevra } from '../../../../src/domain/repository/package-diff.js';

const nevra = (name: string, version: string, epoch = 0): Nevra => ({
  ...{ name, epoch, version, release: '1.fc42', arch: 'x86_64' },
});

describe('diffPackages', () => {
  it('tells what came, what went, and what changed its version', () => {
    const before = [nevra('same', '1'), nevra('up', '1.9'), nevra('down', '2'), nevra('gone', '1')];
    const after = [nevra('same', '1'), nevra('up', '1.10'), nevra('down', '1'), nevra('new', '1', 2)];
    assert.deepEqual(diffPackages(before, after), {
      added: ['new-2:1-1.fc42.x86_64'],
      removed: ['gone-1-1.fc42.x86_64'],
      upgraded: [{ name: 'up', arch: 'x86_64', from: '1.9-1.fc42', to: '1.10-1.fc42' }],
      downgraded: [{ name: 'down', arch: 'x86_64', from: '2-1.fc42', to: '1-1.fc42' }],
    });
  });

  it('counts older versions beside a newest one', () => {
    const [old, newer] = [nevra('a', '1'), nevra('a', '2')];
    assert.deepEqual(diffPackages([old, newer], [newer]).removed, [formatNevra(old)]);
    assert.deepEqual(diffPackages([newer], [old, newer]).added, [formatNevra(old)]);
    const { added, removed, upgraded } = diffPackages([old], [old, newer]);
    assert.deepEqual([added, removed, upgraded.length], [[], [], 1]);
  });

  it('finds nothing between equals', () => {
    const nothing = { added: [], removed: [], upgraded: [], downgraded: [] };
    assert.deepEqual(diffPackages([nevra('a', '1')], [nevra('a', '1')]), nothing);
  });
});

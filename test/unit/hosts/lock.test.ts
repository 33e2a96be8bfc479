import assert from 'node:assert/strict';
import { HOSTS } from '../../../hosts/hosts.js';
import {
  lockText,
  parseLock,
  readLock,
  replacementLine,
  replacements,
  type Lock,
  type LockedPackage,
} from '../../../hosts/lock.js';

const SHA256 = 'a'.repeat(64);

function entry(name: string, version = '1.0-1'): LockedPackage {
  return { name, version, sha256: SHA256, pool: `pool/main/${name}.deb` };
}

const LOCK: Lock = {
  architecture: 'amd64',
  hosts: { 'debian-12': [entry('a'), entry('b', '1:2')], 'debian-13': [entry('c')] },
  nodes: { '22': { version: '22.1.0', integrity: 'sha512-abc' } },
};

describe('parseLock', () => {
  it('reads what lockText writes, a package a line', () => {
    const text = lockText(LOCK);
    assert.deepEqual(parseLock(text, 'lock.json'), LOCK);
    assert.equal(text.split('\n').filter((line) => line.includes('"sha256"')).length, 3);
    assert.equal(lockText({ ...LOCK, hosts: { x: [entry('b'), entry('a')] } }).indexOf('"a"') > 0, true);
  });

  for (const [what, text, why] of [
    ['no JSON', '{', /lock\.json is not JSON/],
    ['another kind of file', '{"hosts": {}}', /is not a lock of hosts/],
    ['a Node without its checksum', lockText(LOCK).replace('"integrity"', '"x"'), /is not a lock of hosts/],
    ['a package without its checksum', lockText(LOCK).replace('"sha256"', '"x"'), /entry 1 of debian-12/],
    ['a checksum that is none', lockText(LOCK).replaceAll(SHA256, 'abc'), /entry 1 of debian-12/],
    ['no list of packages', '{"architecture":"x","nodes":{},"hosts":{"y":{}}}', /the packages of y are not a list/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseLock(text, 'lock.json'), why);
    });
  }
});

describe('the lock of this checkout', () => {
  const lock = readLock(new URL('../../../hosts/packages.lock.json', import.meta.url));

  for (const { name, packages } of HOSTS) {
    it(`has what ${name} asks for, and no package twice`, () => {
      const locked = (lock.hosts[name] ?? []).map((one) => one.name);
      assert.deepEqual(
        packages.filter((wanted) => !locked.includes(wanted)),
        [],
      );
      assert.equal(new Set(locked).size, locked.length);
    });
  }
});

describe('replacements', () => {
  const locked = [entry('stays'), entry('newer'), entry('needless')];
  const planned = [entry('stays'), entry('newer', '1.1-1'), entry('comes along')];

  it('are what is gone, with what takes its place', () => {
    assert.deepEqual(replacements(locked, planned).map(replacementLine), [
      'newer 1.0-1 is gone from the archive: 1.1-1 takes its place',
      'needless 1.0-1 is gone from the archive: nothing needs it any more',
    ]);
  });

  it('are none where all is there', () => {
    assert.deepEqual(replacements(locked, [...locked, entry('comes along')]), []);
  });
});

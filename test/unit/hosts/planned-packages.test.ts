import assert from 'node:assert/strict';
import type { LockedPackage } from '../../../hosts/lock.js';
import { plannedPackages } from '../../../hosts/planned-packages.js';

const HOST = { name: 'debian-sid', suite: 'sid', packages: ['rpm', 'gpg'] };

function entry(name: string, version: string, sha256 = 'a'): LockedPackage {
  return { name, version, sha256: sha256.repeat(64), pool: `pool/${name}_${version}.deb` };
}

/** An archive with these packages, of which `together` answers what a request would fetch. */
function archive(has: readonly LockedPackage[], together: (requests: readonly string[]) => readonly string[] | null) {
  const asked: (readonly string[])[] = [];
  return {
    asked,
    available: (names: readonly string[]) => Promise.resolve(has.filter(({ name }) => names.includes(name))),
    plan: (requests: readonly string[]) => {
      asked.push(requests);
      const names = together(requests);
      return Promise.resolve(names === null ? null : has.filter(({ name }) => names.includes(name)));
    },
  };
}

describe('plannedPackages', () => {
  const locked = [entry('rpm', '6.1.0-1'), entry('librpm10', '6.1.0-1'), entry('gpg', '2.4.9-1')];

  it('are those of the lock, by its checksums, where the archive has them all', async () => {
    const changed = locked.map(({ name, version }) => entry(name, version, 'b'));
    const apt = archive(changed, (requests) => requests.map((request) => request.split('=')[0] ?? ''));
    assert.deepEqual(await plannedPackages(apt, HOST, locked), locked);
    assert.deepEqual(apt.asked, [['rpm=6.1.0-1', 'librpm10=6.1.0-1', 'gpg=2.4.9-1']]);
  });

  it('are the newest in place of what is gone, with what that needs', async () => {
    const has = [entry('rpm', '6.2.0-1'), entry('librpm11', '6.2.0-1'), entry('gpg', '2.4.9-1')];
    const apt = archive(has, () => ['rpm', 'librpm11', 'gpg']);
    assert.deepEqual(await plannedPackages(apt, HOST, locked), has);
    assert.deepEqual(apt.asked, [['gpg=2.4.9-1', 'rpm']]);
  });

  it('are all new where old and new do not go together', async () => {
    const has = [entry('rpm', '6.2.0-1'), entry('gpg', '2.5.0-1'), entry('librpm10', '6.1.0-1')];
    const apt = archive(has, (requests) => (requests.includes('librpm10=6.1.0-1') ? null : ['rpm', 'gpg']));
    assert.deepEqual(await plannedPackages(apt, HOST, locked), has.slice(0, 2));
  });

  it('are what the host asks for where nothing is locked yet', async () => {
    const has = [entry('rpm', '6.1.0-1'), entry('gpg', '2.4.9-1')];
    assert.deepEqual(
      await plannedPackages(
        archive(has, (names) => names),
        HOST,
        [],
      ),
      has,
    );
  });

  it('are refused where the archive does not have what is asked for', async () => {
    const none = archive([], () => null);
    await assert.rejects(plannedPackages(none, HOST, locked), /the archive of sid does not have what is asked for/);
  });
});

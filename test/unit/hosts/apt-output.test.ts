import assert from 'node:assert/strict';
import { archiveFile, isUnreachable, packagesShown, planned } from '../../../hosts/apt-output.js';

const SHA256 = 'b'.repeat(64);

describe('packagesShown', () => {
  it('reads each version that apt-cache shows', () => {
    const stanza = (version: string): string =>
      [
        ...['Package: gawk', 'Architecture: amd64', `Version: ${version}`, 'Multi-Arch: foreign', 'Priority: optional'],
        ...['Description: GNU awk', ' Version: not this one', `Filename: pool/main/g/gawk/gawk_${version}_amd64.deb`],
        ...[`SHA256: ${SHA256}`, 'SHA512: cc'],
      ].join('\n');
    const shown = (version: string) => ({
      ...{ name: 'gawk', version, sha256: SHA256, pool: `pool/main/g/gawk/gawk_${version}_amd64.deb` },
    });
    assert.deepEqual(packagesShown(`${stanza('1:5.2.1-2')}\n\n${stanza('1:5.3.0-1')}\n\n`), [
      shown('1:5.2.1-2'),
      shown('1:5.3.0-1'),
    ]);
    assert.deepEqual(packagesShown('N: Unable to locate package gawk\n'), []);
  });
});

describe('planned', () => {
  it('reads name and version of each file that would be fetched', () => {
    const printed = [
      "'http://archive.example/debian/pool/main/b/bash/bash_5.2.15-2%2bb7_amd64.deb' bash_5.2.15-2+b7_amd64.deb 1490464 SHA256:aa",
      "'http://archive.example/debian/pool/main/g/gawk/gawk_5.2.1-2_amd64.deb' gawk_1%3a5.2.1-2_amd64.deb 673680 SHA256:bb",
      'WARNING: something else',
    ].join('\n');
    assert.deepEqual(planned(printed), [
      { name: 'bash', version: '5.2.15-2+b7' },
      { name: 'gawk', version: '1:5.2.1-2' },
    ]);
  });
});

describe('archiveFile', () => {
  const gawk = { name: 'gawk', version: '1:5.2.1-2', sha256: SHA256, pool: 'x' };

  it('is the file of this name and version, whatever its architecture', () => {
    const files = ['gawk_5.2.1-2_amd64.deb', 'gawk-doc_1%3a5.2.1-2_all.deb', 'gawk_1%3a5.2.1-2_amd64.deb', 'partial'];
    assert.equal(archiveFile(gawk, files), 'gawk_1%3a5.2.1-2_amd64.deb');
    assert.equal(archiveFile(gawk, files.slice(0, 2)), null);
  });
});

describe('isUnreachable', () => {
  for (const stderr of [
    'E: Failed to fetch http://archive.example/debian/dists/sid/InRelease  Could not connect to archive.example:80',
    'E: Failed to fetch http://archive.example/x.deb  503  Service Unavailable',
    "W: Temporary failure resolving 'archive.example'",
  ]) {
    it(`is so: ${stderr}`, () => {
      assert.equal(isUnreachable(stderr), true);
    });
  }

  for (const stderr of [
    'E: Failed to fetch http://archive.example/x.deb  Hash Sum mismatch',
    'W: GPG error: http://archive.example/debian sid InRelease: NO_PUBKEY 0E98404D386FA1D9\nE: Failed to fetch',
    'E: Unable to locate package dnf5',
  ]) {
    it(`is not so, and a fault to look at: ${stderr.split('\n')[0] ?? ''}`, () => {
      assert.equal(isUnreachable(stderr), false);
    });
  }
});

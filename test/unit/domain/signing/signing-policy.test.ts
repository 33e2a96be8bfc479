import assert from 'node:assert/strict';
import { signingDigest } from '../../../../src/domain/signing/signing-policy.js';

const TABLE: readonly (readonly [chroot: string, modern: string, gentle: string])[] = [
  ['fedora-6-i386', 'sha1', 'sha1'],
  ['fedora-26-x86_64', 'sha1', 'sha1'],
  ['fedora-27-x86_64', 'sha256', 'sha1'],
  ['fedora-42-x86_64', 'sha256', 'sha1'],
  ['fedora-eln-x86_64', 'sha256', 'sha1'],
  ['fedora-rawhide-x86_64', 'sha256', 'sha1'],
  ['fedora-eln-aarch64', 'sha256', 'sha1'],
  ['rhel-4-x86_64', 'sha1', 'sha1'],
  ['rhel-5-x86_64', 'sha256', 'sha1'],
  ['rhel-7-ppc64le', 'sha256', 'sha1'],
  ['rhel-8-s390x', 'sha256', 'sha256'],
  ['rhel-10-x86_64', 'sha256', 'sha256'],
  ['rhel-4.dev-x86_64', 'sha1', 'sha1'],
  ['rhel-4.9-x86_64', 'sha256', 'sha1'],
  ['centos-4-x86_64', 'sha1', 'sha1'],
  ['centos-7-x86_64', 'sha256', 'sha1'],
  ['centos-stream-10-x86_64', 'sha256', 'sha256'],
  ['centos-stream+epel-9-x86_64', 'sha256', 'sha256'],
  ['oraclelinux-4-x86_64', 'sha1', 'sha1'],
  ['oraclelinux-7-x86_64', 'sha256', 'sha1'],
  ['epel-6-x86_64', 'sha256', 'sha1'],
  ['epel-10-x86_64', 'sha256', 'sha256'],
  ['epel-rawhide-x86_64', 'sha256', 'sha256'],
  // The family is the part before the first dash: none of these is Enterprise Linux.
  ['rhel+epel-9-x86_64', 'sha256', 'sha1'],
  ['alma+epel-9-x86_64', 'sha256', 'sha1'],
  ['almalinux-9-x86_64', 'sha256', 'sha1'],
  ['rocky-9-x86_64', 'sha256', 'sha1'],
  ['amazonlinux-2023-x86_64', 'sha256', 'sha1'],
  ['openeuler-24.03-x86_64', 'sha256', 'sha1'],
  ['openmandriva-cooker-x86_64', 'sha256', 'sha1'],
  ['mageia-9-x86_64', 'sha256', 'sha1'],
  ['opensuse-tumbleweed-x86_64', 'sha256', 'sha1'],
  ['eln-1-x86_64', 'sha256', 'sha1'],
  ['epel-4-x86_64', 'sha1', 'sha1'],
  ['epel-5-x86_64', 'sha256', 'sha1'],
  ['epel-7-x86_64', 'sha256', 'sha1'],
  ['epel-8-x86_64', 'sha256', 'sha256'],
  ['centos-stream-8-x86_64', 'sha256', 'sha256'],
  ['centos-stream-9-x86_64', 'sha256', 'sha256'],
  ['centos-stream+epel-next-9-x86_64', 'sha256', 'sha256'],
  ['rhel-rawhide-x86_64', 'sha256', 'sha256'],
  ['rhel-7.dev-x86_64', 'sha256', 'sha1'],
  ['rhel-7.9-x86_64', 'sha256', 'sha256'],
  ['rhel-8.dev-x86_64', 'sha256', 'sha256'],
  ['oraclelinux-9-x86_64', 'sha256', 'sha256'],
  ['mageia-cauldron-x86_64', 'sha256', 'sha1'],
  ['opensuse-leap-15.5-x86_64', 'sha256', 'sha1'],
  ['custom-1-x86_64', 'sha256', 'sha1'],
  ['srpm-builds', 'sha256', 'sha1'],
];

describe('signingDigest', () => {
  for (const [chroot, modern, gentle] of TABLE) {
    it(`signs ${chroot} with ${modern}, gently with ${gentle}`, () => {
      assert.equal(signingDigest(chroot, false), modern);
      assert.equal(signingDigest(chroot, true), gentle);
    });
  }

  it('refuses an Enterprise Linux whose version is not a number', () => {
    assert.throws(() => signingDigest('epel-next-x86_64', true), /"next" is not a version/);
    assert.throws(() => signingDigest('rhel', false));
  });
});

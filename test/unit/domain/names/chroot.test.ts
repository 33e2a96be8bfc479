import assert from 'node:assert/strict';
import { needsMd5Metadata, parseChroot } from '../../../../src/domain/names/chroot.js';

describe('parseChroot', () => {
  it('takes a name apart', () => {
    assert.deepEqual(parseChroot('centos-stream+epel-next-9-x86_64'), {
      family: 'centos',
      version: '9',
      arch: 'x86_64',
    });
    assert.deepEqual(parseChroot('fedora-rawhide-s390x'), { family: 'fedora', version: 'rawhide', arch: 's390x' });
    assert.deepEqual(parseChroot('plain'), { family: 'plain', version: null, arch: 'plain' });
  });
});

describe('needsMd5Metadata', () => {
  it('speaks of Enterprise Linux 5 and of nothing that only sounds like it', () => {
    assert.deepEqual(['epel-5-i386', 'rhel-5-x86_64'].map(needsMd5Metadata), [true, true]);
    assert.deepEqual(['epel-55-i386', 'fedora-5-i386', 'my-epel-5-i386', 'epel-5'].map(needsMd5Metadata), [
      false,
      false,
      false,
      false,
    ]);
  });
});

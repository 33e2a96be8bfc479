import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  isBuildDirectoryName,
  isSourceTask,
  parseTaskId,
  projectOfDirname,
  targetDirectory,
} from '../../../../src/domain/build/build-directory.js';

describe('targetDirectory', () => {
  it('has eight digits and the package, and grows with the id', () => {
    assert.equal(targetDirectory({ buildId: 1234, packageName: null }), '00001234');
    assert.equal(targetDirectory({ buildId: 1234, packageName: 'libstdc++' }), '00001234-libstdc++');
    assert.equal(targetDirectory({ buildId: 1234567890, packageName: 'hello' }), '1234567890-hello');
  });
});

describe('isBuildDirectoryName', () => {
  it('takes builds of any year, and nothing else that a chroot has', () => {
    for (const name of ['00000007-hello', '00000007', 'hello-1.0-1.fc20'])
      assert.equal(isBuildDirectoryName(name), true);
    for (const name of ['repodata', 'devel', 'prev_build_backup', 'comps.xml', '.staging', '..', 'a/b', ''])
      assert.equal(isBuildDirectoryName(name), false, name);
  });
});

describe('isSourceTask', () => {
  it('is true for a bare build id', () => {
    assert.deepEqual(['7', '7-fedora-42-x86_64', '', 'x', '7\n'].map(isSourceTask), [true, false, false, false, false]);
  });
});

describe('parseTaskId', () => {
  it('finds build id and chroot', () => {
    const parts = fc.record({
      buildId: fc.integer({ min: 1, max: 1_000_000_000 }),
      chroot: fc.constantFrom('fedora-42-x86_64', 'centos-stream+epel-next-9-aarch64', 'custom-1-x86_64'),
    });
    fc.assert(
      fc.property(parts, ({ buildId, chroot }) => {
        assert.deepEqual(parseTaskId(`${buildId}-${chroot}`), { buildId, chroot });
        assert.deepEqual(parseTaskId(String(buildId)), { buildId, chroot: 'srpm-builds' });
      }),
    );
  });

  it('knows what is none', () => {
    for (const taskId of ['', 'x', '-1', '7-', '7x', 'build/7', '1234567890123456', ' 7', '7-a\nb'])
      assert.equal(parseTaskId(taskId), null, JSON.stringify(taskId));
  });
});

describe('projectOfDirname', () => {
  it('is the name up to the first colon', () => {
    const dirnames = ['hello', 'hello:pr:12', 'hello:', 'he.llo+:custom:pr:1'];
    assert.deepEqual(dirnames.map(projectOfDirname), ['hello', 'hello', 'hello', 'he.llo+']);
  });
});

import type { Announcement } from '../../src/domain/announce/announcement.js';

/** The announcement from which the example in the protocol's description was made. */
export function givenAnnouncement(changed: Partial<Announcement> = {}): Announcement {
  return {
    topic: 'build.end',
    taskId: '6990-fedora-42-x86_64',
    buildId: 6990,
    owner: '@web',
    project: 'stack',
    chroot: 'fedora-42-x86_64',
    packageName: 'nginx',
    packageVersion: '2:1.28.0-1',
    submitter: 'bob',
    host: '10.0.3.7',
    pid: 4711,
    status: 'succeeded',
    ...changed,
  };
}

/** The announcement of a source build that failed early. */
export function givenBareAnnouncement(changed: Partial<Announcement> = {}): Announcement {
  return givenAnnouncement({
    ...{ taskId: '6990', owner: 'bob', chroot: 'srpm-builds', packageName: null, packageVersion: null },
    ...{ submitter: null, host: null, status: 'failed' },
    ...changed,
  });
}

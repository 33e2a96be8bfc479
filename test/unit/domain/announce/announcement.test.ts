import assert from 'node:assert/strict';
import { composeFedoraMessage } from '../../../../src/domain/announce/announcement-fedora.js';
import { composeStompMessage } from '../../../../src/domain/announce/announcement-stomp.js';
import { Announcement, AnnouncementInvalid } from '../../../../src/domain/announce/announcement.js';
import { givenAnnouncement, givenBareAnnouncement } from '../../../support/given-announcement.js';

/** As the protocol's description has it. */
const EXAMPLE =
  '{"status":1,"chroot":"fedora-42-x86_64","owner":"@web","copr":"stack","build":6990,"pkg":"nginx","version":"2:1.28.0-1",' +
  '"user":"bob","ip":"10.0.3.7","who":"backend.worker-rpm_build_worker:6990-fedora-42-x86_64","pid":4711,' +
  '"what":"build end: user:bob copr:stack build:6990 pkg:nginx version:2:1.28.0-1 ip:10.0.3.7 pid:4711 status:1"}';

describe('composeFedoraMessage', () => {
  const started = { status: 'running' } as const;

  it('makes the documented example, byte for byte', () => {
    const { topic, severity, users, body } = composeFedoraMessage(givenAnnouncement());
    assert.equal(JSON.stringify(body), EXAMPLE);
    assert.deepEqual([topic, severity, users], ['copr.build.end', 20, ['bob']]);
  });

  it('says what starts in the words of each topic', () => {
    const { what: build } = composeFedoraMessage(givenAnnouncement({ topic: 'build.start', ...started })).body;
    assert.equal(build, 'build start: user:bob copr:stack pkg:nginx build:6990 ip:10.0.3.7 pid:4711');
    const chroot = composeFedoraMessage(givenAnnouncement({ topic: 'chroot.start', ...started }));
    assert.equal(
      chroot.body.what,
      'chroot start: chroot:fedora-42-x86_64 user:bob copr:stack pkg:nginx build:6990 ip:10.0.3.7 pid:4711',
    );
    assert.deepEqual([chroot.topic, chroot.severity], ['copr.chroot.start', 10]);
  });

  it('leaves null what is not known, and calls it None in words', () => {
    const { body } = composeFedoraMessage(givenBareAnnouncement());
    assert.deepEqual([body.pkg, body.version, body.user, body.ip], [null, null, null, null]);
    assert.equal(body.who, 'backend.worker-rpm_build_worker:6990');
    assert.equal(
      body.what,
      'build end: user:None copr:stack build:6990 pkg:None version:None ip:None pid:4711 status:0',
    );
  });

  const users: readonly (readonly [string, Partial<Announcement>, readonly string[]])[] = [
    ['the submitter and the owner, sorted', { owner: 'zoe', submitter: 'bob' }, ['bob', 'zoe']],
    ['one who is both only once', { owner: 'bob' }, ['bob']],
    ['no group', { owner: '@web', submitter: '@web' }, []],
    ['no submitter of another name space', { owner: 'bob', submitter: 'gitlab:bob' }, ['bob']],
    ['nobody where nobody is known', { owner: '@web', submitter: null }, []],
  ];
  for (const [what, changed, expected] of users) {
    it(`names ${what}`, () => assert.deepEqual(composeFedoraMessage(givenAnnouncement(changed)).users, expected));
  }

  it('refuses what its readers would drop, and says why', () => {
    const broken = { ...givenAnnouncement(), buildId: '6990', owner: null } as unknown as Announcement;
    assert.throws(
      () => composeFedoraMessage(broken),
      (error: unknown) => {
        assert.ok(error instanceof AnnouncementInvalid);
        assert.match(error.message, /^build\.end does not fit its schema: owner: .*; build: /);
        return true;
      },
    );
    assert.throws(() => composeFedoraMessage(givenAnnouncement({ buildId: Number.NaN })), AnnouncementInvalid);
  });

  it('refuses a name that does not fit into a header', () => {
    const fits = 'b'.repeat(255 - 'fedora_messaging_user_'.length);
    assert.deepEqual(composeFedoraMessage(givenAnnouncement({ submitter: fits })).users, [fits]);
    assert.throws(() => composeFedoraMessage(givenAnnouncement({ submitter: `${fits}b` })), AnnouncementInvalid);
    assert.throws(
      () => composeFedoraMessage(givenAnnouncement({ submitter: `${fits.slice(1)}ž` })),
      AnnouncementInvalid,
    );
  });
});

describe('composeStompMessage', () => {
  const SAME = {
    ...{ build: '6990', owner: '@web', copr: 'stack', submitter: 'bob', package: 'nginx-2:1.28.0-1' },
    ...{ chroot: 'fedora-42-x86_64', builder: '10.0.3.7' },
  };

  it('makes all values strings, and spells the status', () => {
    const end = composeStompMessage(givenAnnouncement());
    assert.deepEqual(end, { topic: 'build.end', body: { ...SAME, status: 'SUCCEEDED', status_int: '1' } });
    const failed = composeStompMessage(givenAnnouncement({ status: 'failed' }));
    assert.deepEqual(failed.body, { ...SAME, status: 'FAILURE', status_int: '0' });
    const start = composeStompMessage(givenAnnouncement({ topic: 'build.start', status: 'running' }));
    assert.deepEqual(start, { topic: 'build.start', body: { ...SAME, status: 'RUNNING', status_int: '3' } });
  });

  it('says of a chroot only which', () => {
    const message = composeStompMessage(givenAnnouncement({ topic: 'chroot.start', status: 'running' }));
    assert.deepEqual(message, { topic: 'chroot.start', body: { chroot: 'fedora-42-x86_64' } });
  });

  it('writes None for what is not known', () => {
    const { body } = composeStompMessage(givenBareAnnouncement());
    assert.deepEqual(body, {
      ...{ build: '6990', owner: 'bob', copr: 'stack', submitter: 'None', package: 'None-None' },
      ...{ chroot: 'srpm-builds', builder: 'None', status: 'FAILURE', status_int: '0' },
    });
  });
});

describe('Announcement', () => {
  it('has no status that readers do not know', () => {
    const unknown = { ...givenAnnouncement(), status: 'skipped' };
    assert.deepEqual(
      [givenAnnouncement(), unknown].map((one) => Announcement.safeParse(one).success),
      [true, false],
    );
  });
});

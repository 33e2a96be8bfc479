import assert from 'node:assert/strict';
import { createRemoteBuildActivities } from '../../../src/activities/build/remote-build.js';
import { createUserAccessActivities, hasAccess } from '../../../src/activities/build/user-access.js';
import { activityContext } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import {
  fakeBuilder,
  type FakePorts,
  fakePorts,
  givenBuildTask,
  HOST_KEY,
  unreachable,
} from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';

const KEYS = "ssh-ed25519 AAAA user@home\nssh-rsa BBBB it's mine";
type Started = Awaited<ReturnType<ReturnType<typeof createRemoteBuildActivities>['startRemoteBuild']>>;

const facts = givenFacts({ userSsh: true, sign: false });
const builder = { ...BUILDER, hostKey: HOST_KEY };

function notes(ports: FakePorts): string {
  return ports
    .calls('backendLog', 'note')
    .flatMap(([, lines]) => lines)
    .join('\n');
}

describe('grantAccess', () => {
  it('lets the user in as root, with an hour to begin with, and says how', async () => {
    const root = fakeBuilder();
    const ports = fakePorts({
      frontend: { buildTask: () => Promise.resolve(givenBuildTask({ sshPublicKeys: KEYS })) },
      rootShell: { connect: () => Promise.resolve(root.session) },
    });
    const { startRemoteBuild } = createRemoteBuildActivities(ports.deps);
    const started = await inFastTime<Started>(() =>
      activityContext().run(startRemoteBuild, { facts, builder: BUILDER, attempt: 1, announce: true, startedOn: 1 }),
    );
    assert.equal(started.userAccess, true);
    assert.equal(root.commands[1], `echo -n ${started.startedOn + 3600} > /run/copr-builder-expiration`);
    assert.match(root.commands[0] ?? '', /^echo 'ssh-ed25519 AAAA user@home\nssh-rsa BBBB it'\\''s mine' >> /);
    assert.match(notes(ports), /ssh -p 2222 root@127\.0\.0\.1/);
    assert.equal(root.isClosed(), true);
  });

  for (const [what, keys, why] of [
    ['the builder lets nobody in as root', KEYS, /so it is not kept after the build: /],
    [
      'the frontend has no key any more',
      null,
      /so it is not kept after the build: the frontend has no key of the user/,
    ],
  ] as const) {
    it(`holds nothing up where ${what}, and says so`, async () => {
      const ports = fakePorts({
        frontend: { buildTask: () => Promise.resolve(givenBuildTask({ sshPublicKeys: keys })) },
        rootShell: { connect: () => Promise.reject(unreachable()) },
      });
      const { startRemoteBuild } = createRemoteBuildActivities(ports.deps);
      const started = await inFastTime<Started>(() =>
        activityContext().run(startRemoteBuild, { facts, builder: BUILDER, attempt: 1, announce: true, startedOn: 1 }),
      );
      assert.equal(started.userAccess, false);
      assert.match(notes(ports), why);
      assert.match(notes(ports), /copr-rpmbuild started/);
    });
  }

  for (const [what, code, access] of [
    ['let the user in', 0, true],
    ['did not get so far', 1, false],
  ] as const) {
    it(`finds out on the builder that an earlier attempt ${what}`, async () => {
      const root = fakeBuilder({ 'test -s /run/copr-builder-expiration': { code } });
      const ports = fakePorts({ rootShell: { connect: () => Promise.resolve(root.session) } });
      const found = await hasAccess(ports.deps, { builder, signal: new AbortController().signal });
      assert.equal(found, access);
    });
  }

  it('takes a builder that cannot be asked for one with its user', async () => {
    const ports = fakePorts({ rootShell: { connect: () => Promise.reject(unreachable()) } });
    assert.equal(await hasAccess(ports.deps, { builder, signal: new AbortController().signal }), true);
  });
});

describe('keepForUser', () => {
  function keep(ports: FakePorts, startedOn: number): Promise<void> {
    const { keepForUser } = createUserAccessActivities(ports.deps);
    return inFastTime(() => activityContext().run(keepForUser, { facts, builder, startedOn }), 10_000);
  }
  const now = (): number => Math.floor(Date.now() / 1000);

  it('keeps the builder for the time that its user set there', async () => {
    const root = fakeBuilder({ cat: { stdout: `${now() + 600}.25\n` } });
    const ports = fakePorts({ rootShell: { connect: () => Promise.resolve(root.session) } });
    await keep(ports, now());
    assert.ok(root.commands.length >= 10, 'it looks about once a minute');
    assert.match(notes(ports), /is kept for its user until/);
  });

  it('keeps it for an hour when nothing can be read there', async () => {
    const ports = fakePorts({ rootShell: { connect: () => Promise.reject(unreachable()) } });
    const startedOn = now();
    await keep(ports, startedOn);
    assert.match(notes(ports), new RegExp(new Date((startedOn + 3600) * 1000).toISOString().slice(0, 16)));
  });

  it('ends after three days, whatever its user wants', async () => {
    const root = fakeBuilder({ cat: { stdout: `${now() + 10_000_000}\n` } });
    const ports = fakePorts({ rootShell: { connect: () => Promise.resolve(root.session) } });
    await keep(ports, now() - 259_200 + 60);
    assert.match(notes(ports), /is kept for its user until/);
  });
});

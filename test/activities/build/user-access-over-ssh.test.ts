import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBuilder, type RunningBuilder } from '../../../playground/builder/server.js';
import { giveTo, buildUser } from '../../../playground/builder/build-user.js';
import { grantAccess, createUserAccessActivities } from '../../../src/activities/build/user-access.js';
import { remoteCommand } from '../../../src/adapters/ssh/quote.js';
import { createSshShell } from '../../../src/adapters/ssh/remote-shell.js';
import { makeKeyPair, makeTemporaryDirectory } from '../../playground/support.js';
import { activityContext } from '../../support/activity.js';
import { BUILDER, givenFacts } from '../../support/fake-activities.js';
import { fakePorts, givenBuildTask, type FakePorts } from '../../support/fake-ports.js';

const KEYS = "ssh-ed25519 AAAA user@home\nssh-rsa BBBB it's mine; touch /tmp/no $(id)";

describe('a builder that its user may visit, over ssh', () => {
  const directory = makeTemporaryDirectory();
  const key = makeKeyPair(directory.path);
  const root = join(directory.path, 'builder');
  const facts = givenFacts({ userSsh: true, sign: false });
  let running: RunningBuilder;

  before(async () => {
    running = await startBuilder({ name: 'b1', port: 0, directory: root, authorizedKeys: `${key}.pub` });
    mkdirSync(join(root, 'root/.ssh'), { recursive: true });
    giveTo(buildUser(), join(root, 'root/.ssh'));
  });
  after(async () => {
    await running.close();
    directory.remove();
  });

  function ports(sshPublicKeys = KEYS): FakePorts {
    const configFile = join(directory.path, 'builder_config');
    writeFileSync(configFile, `IdentityFile ${key}\n`);
    const fakes = fakePorts({
      frontend: { buildTask: () => Promise.resolve(givenBuildTask({ sshPublicKeys })) },
      rootShell: createSshShell({ configFile, user: 'root' }),
    });
    return { ...fakes, deps: { ...fakes.deps, command: remoteCommand } };
  }
  const builder = (): typeof BUILDER => ({ ...BUILDER, host: '127.0.0.1', port: running.port });

  it('gets the keys as they are and an hour, and is kept for what is left of it', async () => {
    const fakes = ports();
    const startedOn = Math.floor(Date.now() / 1000) - 3599;
    const { signal } = new AbortController();
    await grantAccess(fakes.deps, { facts, builder: builder(), startedOn, signal });
    assert.equal(readFileSync(join(root, 'root/.ssh/authorized_keys'), 'utf8'), `${KEYS}\n`);
    assert.equal(readFileSync(join(root, 'run/copr-builder-expiration'), 'utf8'), String(startedOn + 3600));
    const { keepForUser } = createUserAccessActivities(fakes.deps);
    await activityContext().run(keepForUser, { facts, builder: builder(), startedOn });
    assert.ok(Date.now() / 1000 >= startedOn + 3600, 'not before its time');
  });

  it('gets a megabyte of keys as they are', async () => {
    const authorized = join(root, 'root/.ssh/authorized_keys');
    writeFileSync(authorized, '');
    const line = (at: number): string => `ssh-rsa ${'A'.repeat(700)} it's \u00fcser ${at}`;
    const keys = Array.from({ length: 1300 }, (_, at) => line(at)).join('\n');
    const { deps } = ports(keys);
    const { signal } = new AbortController();
    assert.equal(await grantAccess(deps, { facts, builder: builder(), startedOn: 1, signal }), true);
    assert.equal(readFileSync(authorized, 'utf8'), `${keys}\n`);
  });

  for (const [what, keys, why] of [
    [
      'more keys than a user has',
      'ssh-rsa AAAA user\n'.repeat(70_000),
      /the user's keys are \d+ bytes, and 1048576 are/,
    ],
    [
      'a key that no command can carry',
      `${KEYS}\nssh-rsa ${'A'.repeat(40_000)}`,
      /line 3 of the user's keys is \d+ bytes/,
    ],
  ] as const) {
    it(`says that it does not take ${what}, and takes none of them`, async () => {
      const authorized = join(root, 'root/.ssh/authorized_keys');
      writeFileSync(authorized, '');
      const fakes = ports(keys);
      const { signal } = new AbortController();
      assert.equal(await grantAccess(fakes.deps, { facts, builder: builder(), startedOn: 1, signal }), false);
      const notes = fakes.calls('backendLog', 'note').flatMap(([, lines]) => lines);
      assert.match(notes.join('\n'), why);
      assert.equal(readFileSync(authorized, 'utf8'), '');
    });
  }
});

import assert from 'node:assert/strict';
import { createSignActivities } from '../../../src/activities/signing/signatures.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { type FakePorts, fakePorts } from '../../support/fake-ports.js';
import { refusalOf } from '../../support/rejection.js';

const RPMS = ['/results/.staging/s/a.rpm', '/results/.staging/s/b.rpm'];
const project = { owner: 'jdoe', project: 'hello' };

function sign(
  ports: FakePorts,
  facts = givenFacts({ dirname: 'hello:pr:1' }),
): Promise<{ readonly signed: number; readonly isKeyOutdated: boolean }> {
  const { signResults } = createSignActivities(ports.deps);
  return activityContext().run(signResults, { facts, staging: 's' });
}

describe('signResults', () => {
  it("signs every staged RPM with the project's key, a CoprDir's too, and verifies all of them", async () => {
    const ports = fakePorts({
      buildResults: { rpms: () => Promise.resolve(RPMS) },
      signer: { sign: () => Promise.resolve(1) },
    });
    assert.deepEqual(await sign(ports), { signed: 1, isKeyOutdated: false });
    for (const call of ['sign', 'verify'] as const) {
      const [[request] = []] = ports.calls('signer', call);
      assert.deepEqual(
        { project: request?.project, digest: request?.digest, rpms: request?.packages.flatMap(({ rpms }) => rpms) },
        { project, digest: 'sha256', rpms: RPMS },
      );
    }
    assert.ok(ports.names().indexOf('signer.sign') < ports.names().indexOf('signer.verify'));
    assert.match(ports.notes().join('\n'), /Signed 1 of 2 RPMs with sha256, all signatures verified/);
  });

  it('signs with the digest that the chroot can read', async () => {
    const ports = fakePorts({
      buildResults: { rpms: () => Promise.resolve(RPMS) },
      settings: { gentlyGpgSha256: true },
    });
    await sign(ports, givenFacts({ chroot: 'epel-7-x86_64' }));
    assert.equal(ports.calls('signer', 'sign')[0]?.[0].digest, 'sha1');
  });

  it('says in backend.log that sha256 stands in for sha1, and why, where it does', async () => {
    const settings = {
      gentlyGpgSha256: false,
      sha1: { isTaken: false, why: 'SHA1 is not considered secure' } as const,
    };
    const notesOf = async (chroot: string): Promise<string> => {
      const ports = fakePorts({ buildResults: { rpms: () => Promise.resolve(RPMS) }, settings });
      await sign(ports, givenFacts({ chroot }));
      return ports.notes().join('\n');
    };
    const instead = /sha256 instead of sha1, which the rpm of this host refuses: SHA1 is not considered secure/;
    assert.match(await notesOf('fedora-42-x86_64'), instead);
    assert.doesNotMatch(await notesOf('epel-9-x86_64'), instead, 'which has sha256 anyway');
  });

  it('lets nothing out whose signature does not verify', async () => {
    const invalid = new PortFailure('SignatureInvalid', 'b.rpm', { retryable: false });
    const ports = fakePorts({
      buildResults: { rpms: () => Promise.resolve(RPMS) },
      signer: { verify: () => Promise.reject(invalid) },
    });
    assert.equal(await refusalOf(sign(ports)), invalid);
    assert.deepEqual(ports.notes(), []);
  });

  it('notices that the published key is not the one that signed', async () => {
    const ports = fakePorts({
      buildResults: { rpms: () => Promise.resolve(RPMS) },
      projectKeys: { matches: () => Promise.resolve(false) },
    });
    assert.equal((await sign(ports)).isKeyOutdated, true);
    assert.equal(ports.calls('projectKeys', 'matches')[0]?.[1], 'the public key of jdoe/hello');
  });

  it('does not trouble the signer for a build without RPMs', async () => {
    const ports = fakePorts();
    assert.deepEqual(await sign(ports), { signed: 0, isKeyOutdated: false });
    assert.deepEqual(ports.names(), ['buildResults.rpms']);
  });
});

describe('ensureKey', () => {
  it("makes the project's key and puts its public half into the directory that asked", async () => {
    const ports = fakePorts();
    const { ensureKey } = createSignActivities(ports.deps);
    await activityContext().run(ensureKey, { project, dirname: 'hello:pr:1' });
    assert.deepEqual(ports.names(), ['signer.ensureKey', 'signer.publicKey', 'projectKeys.write']);
    assert.deepEqual(ports.calls('projectKeys', 'write'), [
      [{ owner: 'jdoe', dirname: 'hello:pr:1' }, 'the public key of jdoe/hello'],
    ]);
  });
});

import assert from 'node:assert/strict';
import type { DigestAnswers } from '../../../src/adapters/rpm/probe-digests.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { StartRefused } from '../../../src/workers/check-start.js';
import { chooseDigests } from '../../../src/workers/choose-digests.js';
import type { Role } from '../../../src/domain/service/roles.js';

const TAKEN = { isTaken: true } as const;
const INSECURE = 'RSA/SHA1: NOTTRUSTED because: SHA1 is not considered secure';
const TAKES_ALL = { sha1: TAKEN, sha256: TAKEN };
const NO_SHA1 = { sha1: { isTaken: false, why: INSECURE }, sha256: TAKEN } as const;

describe('chooseDigests', () => {
  const warned: object[] = [];
  const choose = (
    refusals: DigestAnswers,
    file: { readonly gentlyGpgSha256: boolean; readonly line: number | null },
    changed: { readonly role?: Role; readonly doSign?: boolean } = {},
  ) =>
    chooseDigests({
      role: changed.role ?? 'all',
      config: { doSign: changed.doSign ?? true, gentlyGpgSha256: file.gentlyGpgSha256 },
      ...{ configFile: '/etc/copr/copr-be.conf', line: file.line },
      log: { warn: (facts: object) => void warned.push(facts) },
      probe: () => Promise.resolve(refusals),
    });
  beforeEach(() => void (warned.length = 0));

  const BY_DEFAULT = { gentlyGpgSha256: true, line: null };

  it('is what the file says where rpm takes it, without a word', async () => {
    for (const [file, refusals] of [
      [BY_DEFAULT, TAKES_ALL],
      [{ gentlyGpgSha256: true, line: 7 }, TAKES_ALL],
      [{ gentlyGpgSha256: false, line: 7 }, NO_SHA1],
    ] as const)
      assert.deepEqual(await choose(refusals, file), { gentlyGpgSha256: file.gentlyGpgSha256, sha1: TAKEN });
    assert.deepEqual(warned, []);
  });

  it('is sha256, and says so, where sha1 was the default and rpm refuses it', async () => {
    assert.deepEqual(await choose(NO_SHA1, BY_DEFAULT), { gentlyGpgSha256: false, sha1: NO_SHA1.sha1 });
    assert.deepEqual(warned, [{ why: INSECURE }]);
  });

  it('refuses to start where the file asks for what rpm refuses, and names the one line to change', async () => {
    await assert.rejects(choose(NO_SHA1, { gentlyGpgSha256: true, line: 7 }), (error) => {
      assert.ok(error instanceof StartRefused);
      assert.match(error.message, /SHA1 is not considered secure/);
      assert.match(error.message, /change line 7 of \/etc\/copr\/copr-be\.conf to gently_gpg_sha256 = false$/);
      return true;
    });
  });

  it('refuses to start beside an rpm that takes no signature, or cannot be asked', async () => {
    const none = choose(
      { sha1: { isTaken: false, why: 'no' }, sha256: { isTaken: false, why: 'key is not trusted' } },
      BY_DEFAULT,
    );
    await assert.rejects(none, /refuses every signature, sha256 too: key is not trusted/);
    const mute = chooseDigests({
      ...{ role: 'all', config: { doSign: true, gentlyGpgSha256: true }, configFile: 'x', line: null },
      log: { warn: () => undefined },
      probe: () => Promise.reject(new PortFailure('SignerUnavailable', 'rpmkeys was ended', { retryable: true })),
    });
    await assert.rejects(mute, { name: 'StartRefused', message: /rpm does not say .*: rpmkeys was ended/ });
  });

  it('asks nobody where nothing is signed', async () => {
    const no = { isTaken: false, why: 'no' } as const;
    const nothing = { sha1: no, sha256: no };
    const kept = { gentlyGpgSha256: true, sha1: TAKEN };
    assert.deepEqual(await choose(nothing, BY_DEFAULT, { doSign: false }), kept);
    assert.deepEqual(await choose(nothing, BY_DEFAULT, { role: 'poller' }), kept);
  });
});

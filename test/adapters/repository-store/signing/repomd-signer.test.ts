import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner, type GpgSigner } from '../../../../src/adapters/gpg/signer.js';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import { repomdSigner } from '../../../../src/adapters/repository-store/signing/repomd-signer.js';
import { givenDirectory } from '../../../support/given-directory.js';
import { refusalOf } from '../../../support/rejection.js';
import { PortFailure } from '../../../../src/ports/port-failure.js';

const REPOSITORY = { owner: 'jdoe', dirname: 'hello:pr:1', chroot: 'fedora-44-x86_64' };
const PROJECT = { owner: 'jdoe', project: 'hello' };

describe('repomdSigner', function () {
  this.timeout(60_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let signers: GpgSigner[];
  beforeEach(async () => {
    root = await givenDirectory();
    signers = [];
    await writeFile(file(), '<repomd/>');
  });
  afterEach(async () => {
    for (const signer of signers) await signer.close();
    await root.remove();
  });

  const file = (): string => path.join(root.path, 'repomd.xml');
  const home = (): string => path.join(root.path, 'keys');

  /** Of a worker that has just started: it remembers no key. */
  function freshSigner(): GpgSigner {
    const signer = createGpgSigner({ home: home(), signDomain: 'example.org' });
    signers.push(signer);
    return signer;
  }

  async function gpg(...args: readonly string[]): Promise<string> {
    const options = { timeoutMs: 10_000, env: { GNUPGHOME: home() } };
    return (await runCommand('gpg', ['--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], options))
      .stdout;
  }

  it('makes the key of a project that has none', async () => {
    const { signature, publicKey } = await repomdSigner(freshSigner())(REPOSITORY)(file(), undefined);
    assert.match(signature, /BEGIN PGP SIGNATURE/);
    assert.equal(publicKey, await freshSigner().publicKey(PROJECT));
  });

  it('gives a key whose term is over another one, and signs', async () => {
    await freshSigner().ensureKey(PROJECT);
    const listed = await gpg('--with-colons', '--list-keys');
    const [fingerprint = ''] = /(?<=^fpr:.*:)[0-9A-F]{40}/m.exec(listed) ?? [];
    await gpg('--quick-set-expire', fingerprint, 'seconds=1');
    while (!(await gpg('--with-colons', '--list-keys')).includes('pub:e:')); // as long as its last second lasts
    const { signature } = await repomdSigner(freshSigner())(REPOSITORY)(file(), undefined);
    assert.match(signature, /BEGIN PGP SIGNATURE/);
    assert.ok((await gpg('--with-colons', '--list-keys')).includes(fingerprint), 'it is the same key');
  });

  it('asks for no key where something else is refused', async () => {
    const failed = new PortFailure('SigningFailed', 'nothing of it can sign', { retryable: false });
    const signer = {
      ...freshSigner(),
      signDetached: () => Promise.reject(failed),
      ensureKey: () => assert.fail('a key was asked for'),
    };
    assert.equal(await refusalOf(repomdSigner(signer)(REPOSITORY)(file(), undefined)), failed);
  });
});

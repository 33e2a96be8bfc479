import assert from 'node:assert/strict';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner, type GpgSigner } from '../../../src/adapters/gpg/signer.js';
import { openGnupgHome, type GnupgHome } from '../../../src/adapters/gpg/gnupg-home.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';
import { hostRpm, rpmTakesKey } from '../../support/host-rpm.js';
import { refusalOf } from '../../support/rejection.js';

const PROJECT = { owner: '@group', project: 'tools' };
const OTHER = { owner: 'alice', project: 'tools' };
const USER = '@group_tools <@group#tools@copr.example.org>';
const BATCH = ['--batch', '--no-tty', '--pinentry-mode', 'loopback', '--passphrase', ''];

describe('signatures by gpg', function () {
  this.timeout(120_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let keys: GnupgHome;
  const signers: GpgSigner[] = [];

  beforeEach(async () => {
    root = await givenDirectory();
    await mkdir(path.join(root.path, 'keys'), { mode: 0o700 });
    keys = openGnupgHome(path.join(root.path, 'keys'));
  });
  afterEach(async () => {
    for (const signer of signers.splice(0)) await signer.close();
    await keys.close();
    await root.remove();
  });

  /** One that remembers nothing of what was there before. */
  function signer(): GpgSigner {
    const made = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    signers.push(made);
    return made;
  }

  async function rpms(): Promise<string[]> {
    const directory = path.join(root.path, 'results');
    await mkdir(directory, { recursive: true });
    return (await givenRpms(directory, { name: 'hello' })).map((name) => path.join(directory, name));
  }

  async function gpg(...args: readonly string[]): Promise<string> {
    const result = await keys.run('gpg', [...BATCH, ...args]);
    assert.equal(result.code, 0, result.summary);
    return result.stdout;
  }

  /** The answer of rpm itself about a package with nothing but this key; its exit status first. */
  async function asRpmSees(file: string, armored: string): Promise<string> {
    const directory = path.join(root.path, `rpmdb-${Math.random().toString(36).slice(2)}`);
    await mkdir(directory);
    await writeFile(path.join(directory, 'key'), armored);
    const database = ['--define', `_dbpath ${directory}`, '--define', '_pkgverify_level all'];
    await runCommand('rpmkeys', [...database, '--import', path.join(directory, 'key')], { timeoutMs: 30_000 });
    const { code, stdout } = await runCommand('rpmkeys', [...database, '-Kv', file], { timeoutMs: 30_000 });
    return `${code ?? 'killed'}\n${stdout}`;
  }

  for (const bits of [2048, 4096]) {
    for (const digest of ['sha1', 'sha256'] as const) {
      it(`are RSA/${digest.toUpperCase()} by a key of ${bits} bits, and good where rpm takes that`, async () => {
        await gpg('--quick-generate-key', USER, `rsa${bits}`, 'sign', '5y');
        const files = await rpms();
        const request = { project: PROJECT, digest, files } as const;
        assert.equal(await signer().sign(request), 2);
        const key = await signer().publicKey(PROJECT);
        const isTaken = digest !== 'sha1' || (await hostRpm()).takesSha1;
        if (isTaken) await signer().verify(request);
        else assert.match((await refusalOf(signer().verify(request))).message, /SHA1 is not considered secure|: BAD/);
        for (const file of files)
          assert.match(
            await asRpmSees(file, key),
            // The text differs from rpm 6 on.
            new RegExp(
              `^${isTaken ? '0' : '1'}\\n[^]*V4 RSA/${digest} Signature, key \\w+:? \\w+: ${isTaken ? 'OK' : ''}`,
              'i',
            ),
          );
        assert.match(await gpg('--with-colons', '--list-keys'), new RegExp(`^pub:[^:]*:${bits}:1:`, 'm'));
      });
    }
  }

  it('are refused where there are none, where they are another’s, and after they are taken away', async () => {
    const signing = signer();
    for (const project of [PROJECT, OTHER]) await signing.ensureKey(project);
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    const refusal = async (): Promise<string> => {
      const { code, message, retryable } = await refusalOf(signer().verify(request));
      assert.equal(retryable, false);
      for (const file of files) assert.ok(message.includes(path.basename(file)), message);
      return code;
    };
    assert.equal(await refusal(), 'SignatureInvalid', 'unsigned');
    await signing.sign({ ...request, project: OTHER });
    assert.equal(await refusal(), 'SignatureInvalid', 'by the key of another project');
    assert.match(await asRpmSees(files[0] ?? '', await signing.publicKey(PROJECT)), /^1\n[^]*NOKEY/);
    await signing.sign(request);
    await signing.verify(request);
    assert.deepEqual(await signing.lacking({ ...request, project: OTHER }), files);
    await signing.unsign({ files });
    assert.equal(await refusal(), 'SignatureInvalid', 'taken away');
    const bare = await asRpmSees(files[0] ?? '', await signing.publicKey(PROJECT));
    assert.doesNotMatch(bare, /signature(?!:? *NOTFOUND)/i);
    assert.match(bare, /Payload SHA256 digest: OK/, 'and the content is what it was');
  });

  it('end with the term of the key: nothing is signed or found good until it is longer', async () => {
    await signer().ensureKey(PROJECT);
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files: files.slice(0, 1) } as const;
    await signer().sign(request);
    const unsigned = path.join(root.path, 'results', 'unsigned-1-1.noarch.rpm');
    await copyFile(files[1] ?? '', unsigned);
    const [fingerprint = ''] = /(?<=^fpr:.*:)[0-9A-F]{40}/m.exec(await gpg('--with-colons', '--list-keys')) ?? [];
    await gpg('--quick-set-expire', fingerprint, 'seconds=1');
    while (!(await gpg('--with-colons', '--list-keys')).includes('pub:e:')); // as long as its last second lasts
    for (const call of [
      () => signer().sign({ ...request, files: [unsigned] }),
      () => signer().verify(request),
      () => signer().lacking(request),
      () => signer().signDetached(unsigned, PROJECT),
      () => signer().publicKey(PROJECT),
    ]) {
      const { code, retryable, message } = await refusalOf(call());
      assert.deepEqual([code, retryable], ['SigningKeyExpired', false], message);
    }
    const seen = await asRpmSees(unsigned, await gpg('--armor', '--export', fingerprint));
    assert.doesNotMatch(seen, /signature(?!:? *NOTFOUND)/i);
    await signer().ensureKey(PROJECT);
    await signer().verify(request);
    assert.ok((await gpg('--with-colons', '--list-keys')).includes(fingerprint), 'it is the same key');
  });

  it('are made by the subkey of a key that certifies alone, and are the key’s; both get another term', async () => {
    await gpg('--quick-generate-key', USER, 'rsa2048', 'cert', '5y');
    const listed = await gpg('--with-colons', '--list-keys');
    const [fingerprint = ''] = /(?<=^fpr:.*:)[0-9A-F]{40}/m.exec(listed) ?? [];
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    const useless = await refusalOf(signer().sign(request));
    assert.deepEqual([useless.code, useless.retryable], ['SigningFailed', false]);
    assert.match(useless.message, /nothing of the key of .* can sign/);
    await gpg('--quick-add-key', fingerprint, 'rsa2048', 'sign', '5y');
    assert.equal(await signer().sign(request), 2);
    await signer().verify(request);
    assert.deepEqual(await signer().lacking(request), []);
    assert.match(await asRpmSees(files[0] ?? '', await signer().publicKey(PROJECT)), /^0\n[^]*RSA\/SHA256 Signature/i);
    const withSubkey = await gpg('--with-colons', '--list-keys');
    const subkey = [...withSubkey.matchAll(/(?<=^fpr:.*:)[0-9A-F]{40}/gm)].at(-1)?.[0] ?? '';
    await gpg('--quick-set-expire', fingerprint, 'seconds=1', subkey);
    while (!(await gpg('--with-colons', '--list-keys')).includes('sub:e:')); // as long as its last second lasts
    const over = await refusalOf(signer().verify(request));
    assert.deepEqual([over.code, over.retryable], ['SigningKeyExpired', false]);
    await signer().ensureKey(PROJECT);
    await signer().verify(request);
    await signer().unsign({ files });
    assert.equal(await signer().sign(request), 2);
  });

  it('are made with a key of a type that rpm takes, and not tried with another', async () => {
    await gpg('--quick-generate-key', USER, 'nistp256', 'sign', '5y');
    const files = await rpms();
    if (await rpmTakesKey(await gpg('--armor', '--export'))) {
      assert.equal(await signer().sign({ project: PROJECT, digest: 'sha256', files }), 2);
      return signer().verify({ project: PROJECT, digest: 'sha256', files });
    }
    const refusal = await refusalOf(signer().sign({ project: PROJECT, digest: 'sha256', files }));
    assert.deepEqual([refusal.code, refusal.retryable], ['SigningFailed', false]);
    assert.match(refusal.message, /rpm takes no key of the type that the project's has: .*key 1 import failed/);
  });

  it('are refused for good where the path leaves the signer no room', async () => {
    await signer().ensureKey(PROJECT);
    const [file = ''] = await rpms();
    const long = path.join(path.dirname(file), `${'x'.repeat(251)}.rpm`);
    await rename(file, long);
    const refusal = await refusalOf(signer().sign({ project: PROJECT, digest: 'sha256', files: [long] }));
    assert.deepEqual([refusal.code, refusal.retryable], ['SigningFailed', false]);
    assert.match(refusal.message, /the signer cannot write there: .*File name too long/);
  });

  it('of a file beside it are good for gpg, and no other file’s', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const [file, other] = ['repomd.xml', 'other.xml'].map((name) => path.join(root.path, name)) as [string, string];
    await writeFile(file, '<repomd/>');
    await writeFile(other, '<repomd></repomd>');
    await writeFile(`${file}.asc`, await signing.signDetached(file, PROJECT));
    const verified = await keys.run('gpg', ['--batch', '--status-fd', '1', '--verify', `${file}.asc`, file]);
    assert.match(verified.stdout, /GOODSIG/);
    // VALIDSIG: fingerprint, dates, version, reserved, algorithm 1 (RSA), digest 8 (sha256).
    assert.match(verified.stdout, /VALIDSIG \w{40} \S+ \S+ \S+ 4 0 1 8 00/);
    const wrong = await keys.run('gpg', ['--batch', '--status-fd', '1', '--verify', `${file}.asc`, other]);
    assert.match(wrong.stdout, /BADSIG/);
    assert.equal((await refusalOf(signing.signDetached(file, OTHER))).code, 'SigningKeyMissing');
  });
});

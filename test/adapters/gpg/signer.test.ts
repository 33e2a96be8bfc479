import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createGpgSigner, type GpgSigner } from '../../../src/adapters/gpg/signer.js';
import { parseSecretKeys } from '../../../src/adapters/gpg/keys.js';
import { acquireFileLock } from '../../../src/adapters/process/file-lock.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';
import { hostRpm } from '../../support/host-rpm.js';
import { refusalOf } from '../../support/rejection.js';
import { until } from '../../support/until.js';

const PROJECT = { owner: '@group', project: 'tools' };
const OTHER = { owner: 'alice', project: 'tools' };

describe('createGpgSigner', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let home: string;
  let signers: GpgSigner[];

  beforeEach(async () => {
    root = await givenDirectory();
    home = path.join(root.path, 'keys');
    signers = [];
  });
  afterEach(async () => {
    for (const signer of signers) await signer.close();
    await root.remove();
  });

  const signer = (at = home): GpgSigner => {
    const made = createGpgSigner({ home: at, signDomain: 'example.org' });
    signers.push(made);
    return made;
  };
  const rpms = async (): Promise<string[]> => {
    const directory = path.join(root.path, 'project:pr:1', '@results');
    await mkdir(directory, { recursive: true });
    const names = await givenRpms(directory, { name: 'hello', subpackages: ['libs'] });
    return names.map((name) => path.join(directory, name));
  };

  it('has no key before one was made', async () => {
    const refusal = await refusalOf(signer().publicKey(PROJECT));
    assert.deepEqual([refusal.code, refusal.retryable], ['SigningKeyMissing', false]);
    const [file] = await rpms();
    const unsigned = signer().sign({ project: PROJECT, digest: 'sha256', files: [file ?? ''] });
    assert.equal((await refusalOf(unsigned)).code, 'SigningKeyMissing');
  });

  it('finds its key again after a moment without a key ring, as gpg leaves one when it adds a key', async () => {
    await signer().ensureKey(PROJECT);
    const ring = path.join(home, 'pubring.kbx');
    const lockFile = path.join(home, 'keygen.lock');
    const lock = (await acquireFileLock(lockFile, new AbortController().signal)) ?? assert.fail();
    const { ino } = await stat(lockFile);
    await rename(ring, `${ring}~`);
    const found = signer().publicKey(PROJECT);
    const isAwaited = new RegExp(`-> FLOCK .*:${ino} `);
    await until('somebody waits for the lock', () => isAwaited.test(readFileSync('/proc/locks', 'utf8')));
    await rename(`${ring}~`, ring);
    await lock.release();
    assert.match(await found, /BEGIN PGP PUBLIC KEY BLOCK/);
  });

  it('makes one key however many ask at once', async () => {
    await Promise.all([signer().ensureKey(PROJECT), signer().ensureKey(PROJECT), signer().ensureKey(PROJECT)]);
    await signer().ensureKey(PROJECT);
    const { stdout } = await runCommand('gpg', ['--homedir', home, '--batch', '--with-colons', '-K'], {
      timeoutMs: 10_000,
    });
    const keys = parseSecretKeys(stdout, '@group_tools <@group#tools@copr.example.org>');
    assert.equal(keys.length, 1);
    assert.equal(stdout.match(/^sec:/gm)?.length, 1);
    assert.equal((await stat(home)).mode & 0o777, 0o700);
    assert.match(await signer().publicKey(PROJECT), /^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
  });

  it('signs all files in one go, and not again what is signed', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    const before = await refusalOf(signing.verify(request));
    assert.equal(before.code, 'SignatureInvalid');
    assert.match(before.message, /hello-libs-1\.0-1\.noarch\.rpm/);
    assert.equal(await signing.sign(request), 3);
    await signing.verify(request);
    assert.equal(await signing.sign(request), 0);
    assert.equal((await refusalOf(signing.verify({ ...request, digest: 'sha1' }))).code, 'SignatureInvalid');
    assert.deepEqual(
      (await readdir(home)).filter((name) => name.startsWith('scratch')),
      [],
    );
  });

  it('signs, checks and unsigns more packages than the kernel takes on one command line', async function () {
    this.timeout(120_000);
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const short = path.join(root.path, 'built');
    await mkdir(short);
    const names = await givenRpms(short, {
      name: 'texlive',
      subpackages: Array.from({ length: 650 }, (_, index) => `part${index}`),
    });
    const directory = path.join(root.path, ...Array.from({ length: 17 }, () => 'd'.repeat(199)));
    await mkdir(path.dirname(directory), { recursive: true });
    await rename(short, directory);
    const files = names.map((name) => path.join(directory, name));
    assert.ok(Buffer.byteLength(files.join('\0')) > 2_200_000, 'above ARG_MAX, which is 2 MiB');
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    assert.equal(await signing.sign(request), 652);
    await signing.verify(request);
    const last = files.at(-1) ?? '';
    await signing.unsign({ files: [last] });
    assert.deepEqual(await signing.lacking(request), [last]);
    await signing.unsign(request);
    assert.equal((await signing.lacking(request)).length, 652);
  });

  it('says which of many packages rpm cannot read', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms();
    await signing.sign({ project: PROJECT, digest: 'sha256', files });
    const broken = path.join(path.dirname(files[0] ?? ''), 'broken-1-1.noarch.rpm');
    await writeFile(broken, Buffer.from('edabeedb00', 'hex'));
    const request = { project: PROJECT, digest: 'sha256', files: [...files, broken] } as const;
    assert.deepEqual(await signing.lacking(request), [broken]);
  });

  it('replaces signatures of another key and of another digest', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    await signing.ensureKey(OTHER);
    const files = await rpms();
    await signing.sign({ project: OTHER, digest: 'sha256', files });
    assert.equal(
      (await refusalOf(signing.verify({ project: PROJECT, digest: 'sha256', files }))).code,
      'SignatureInvalid',
    );
    assert.equal(await signing.sign({ project: PROJECT, digest: 'sha256', files }), 3);
    await signing.verify({ project: PROJECT, digest: 'sha256', files });
    assert.equal(await signing.sign({ project: PROJECT, digest: 'sha1', files: files.slice(0, 1) }), 1);
    const verified = signing.verify({ project: PROJECT, digest: 'sha1', files: files.slice(0, 1) });
    if ((await hostRpm()).takesSha1) return verified;
    const { code, message } = await refusalOf(verified);
    assert.equal(code, 'SignatureInvalid');
    assert.match(message, /noarch\.rpm: .*RSA\/SHA1 Signature, key .*: (NOTTRUSTED|BAD)/i, 'in the words of rpm');
  });

  it('notices a package that was changed after it was signed', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    await signing.sign(request);
    await appendFile(files[1] ?? '', 'x');
    const refusal = await refusalOf(signing.verify(request));
    assert.equal(refusal.code, 'SignatureInvalid');
    assert.match(refusal.message, /key: hello-1\.0-1\.src\.rpm; .*Payload SHA256 digest: BAD/, 'in the words of rpm');
  });

  it('refuses files that the rpm tools would not read as one package', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const list = path.join(root.path, 'list-1-1.noarch.rpm');
    await writeFile(list, '/etc/passwd\n');
    for (const file of [
      list,
      'relative-1-1.noarch.rpm',
      path.join(root.path, '-x.rpm'),
      path.join(root.path, 'a\nb.rpm'),
      path.join(root.path, 'a\nb', 'x.rpm'),
    ]) {
      assert.equal(
        (await refusalOf(signing.sign({ project: PROJECT, digest: 'sha256', files: [file] }))).code,
        'SigningFailed',
      );
    }
  });

  it('takes names that rpm would read as patterns for what they are', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms();
    const odd: string[] = [];
    for (const [index, name] of ['x-1-2.%{dist}.rpm', '{x,y}{1,2}.rpm', 'größe=1,2#3.rpm'].entries()) {
      odd.push(path.join(path.dirname(files[0] ?? ''), name));
      await rename(files[index] ?? '', odd[index] ?? '');
    }
    const request = { project: PROJECT, digest: 'sha256', files: odd } as const;
    assert.equal(await signing.sign(request), 3);
    await signing.verify(request);
    await signing.unsign(request);
    assert.deepEqual(await signing.lacking(request), odd);
  });

  it('works in a directory whose path is too long for a socket', async () => {
    const deep = path.join(root.path, 'x'.repeat(120), 'keys');
    const signing = signer(deep);
    await signing.ensureKey(PROJECT);
    const files = await rpms();
    assert.equal(await signing.sign({ project: PROJECT, digest: 'sha256', files }), 3);
    await signing.verify({ project: PROJECT, digest: 'sha256', files });
  });

  it('ends its gpg-agent, and starts another when it is used again', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    await signing.close();
    const answer = await runCommand('gpg-connect-agent', ['--homedir', home, '--no-autostart', '/bye'], {
      timeoutMs: 10_000,
    });
    assert.match(answer.stderr, /no gpg-agent running/);
    await signing.ensureKey(OTHER);
  });

  it('verifies with a fresh key ring when the one it kept was damaged', async () => {
    const mine = signer();
    await mine.ensureKey(PROJECT);
    const files = await rpms();
    await mine.sign({ project: PROJECT, digest: 'sha256', files });
    await mine.verify({ project: PROJECT, digest: 'sha256', files });
    const kept = (await readdir(home)).find((name) => name.startsWith('kept-'));
    assert.ok(kept !== undefined);
    for (const ring of await readdir(path.join(home, kept))) {
      for (const file of await readdir(path.join(home, kept, ring))) await rm(path.join(home, kept, ring, file));
    }
    await mine.verify({ project: PROJECT, digest: 'sha256', files });
    await mine.close();
    assert.deepEqual(
      (await readdir(home)).filter((name) => name.startsWith('kept-')),
      [],
      'leaves nothing',
    );
  });
});

describe('parseSecretKeys', () => {
  it('takes only keys with exactly the user id, usable ones first', () => {
    const listing = [
      ...[
        'sec:e:2048:1:AAAA:1:2::u:::scSC::::::23::0:',
        'fpr:::::::::FA:',
        'uid:e::::1::H::p <o#p@copr.x>::::::::::0:',
      ],
      ...[
        'sec:u:2048:1:BBBB:1:2::u:::scSC::::::23::0:',
        'fpr:::::::::FB:',
        'uid:u::::1::H::p <o#p@copr.x>::::::::::0:',
      ],
      ...['ssb:u:2048:1:BBBC:1:2::u:::s::::::23::0:', 'fpr:::::::::FBB:'],
      ...[
        'sec:r:2048:1:CCCC:1:2::u:::scSC::::::23::0:',
        'fpr:::::::::FC:',
        'uid:r::::1::H::p <o#p@copr.x>::::::::::0:',
      ],
      ...[
        'sec:u:2048:1:DDDD:1:2::u:::scSC::::::23::0:',
        'fpr:::::::::FD:',
        'uid:u::::1::H::P <o#p@copr.x>::::::::::0:',
      ],
    ].join('\n');
    assert.deepEqual(parseSecretKeys(listing, 'p <o#p@copr.x>'), [{ fingerprint: 'FB' }, { fingerprint: 'FA' }]);
  });
});

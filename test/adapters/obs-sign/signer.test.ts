import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { createKeygen } from '../../../src/adapters/obs-sign/keygen.js';
import { createObsSigner, type ObsSigner, type ObsSignerDeps } from '../../../src/adapters/obs-sign/signer.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';
import { hostRpm, rpmTakesKey } from '../../support/host-rpm.js';
import { givenSignd, givenSignProgram, type GivenSignd } from '../../support/given-signd.js';
import { refusalOf } from '../../support/rejection.js';

const PROJECT = { owner: '@group', project: 'tools' };
const OTHER = { owner: 'alice', project: 'tools' };
const USER = '@group#tools@copr.example.org';

describe('createObsSigner', function () {
  this.timeout(60_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let signd: GivenSignd;
  let program: string;
  let signers: ObsSigner[];

  beforeEach(async () => {
    root = await givenDirectory();
    signd = await givenSignd(root.path);
    program = await givenSignProgram(root.path, signd.port);
    signers = [];
  });
  afterEach(async () => {
    for (const signer of signers) await signer.close();
    await signd.close();
    await root.remove();
  });

  const signer = (changed: Partial<ObsSignerDeps> = {}): ObsSigner => {
    const made = createObsSigner({
      program,
      keygen: createKeygen({ host: signd.keygenHost }),
      signDomain: 'example.org',
      scratch: path.join(root.path, 'scratch'),
      parallel: 4,
      ...changed,
    });
    signers.push(made);
    return made;
  };
  const rpms = async (subpackages: readonly string[] = ['libs']): Promise<string[]> => {
    const directory = path.join(root.path, 'project:pr:1', '@results');
    await mkdir(directory, { recursive: true });
    const names = await givenRpms(directory, { name: 'hello', subpackages });
    return names.map((name) => path.join(directory, name));
  };

  for (const [length, digest] of [
    [2048, 'sha256'],
    [4096, 'sha1'],
  ] as const) {
    it(`signs with RSA ${length} and ${digest}, in place, as rpm itself finds good where it takes that`, async () => {
      await signd.makeKey(USER, { length });
      const signing = signer();
      const files = await rpms();
      const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
      const request = { project: PROJECT, digest, files } as const;
      assert.equal((await refusalOf(signing.verify(request))).code, 'SignatureInvalid');
      assert.equal(await signing.sign(request), 3);
      assert.deepEqual(await Promise.all(files.map(async (file) => (await stat(file)).size)), sizes);
      const { takesSha1, knowsOpenpgp } = await hostRpm();
      if (digest === 'sha1' && !takesSha1) {
        const { message } = await refusalOf(signing.verify(request));
        assert.match(message, /noarch\.rpm: .*RSA\/SHA1 Signature, key .*: (NOTTRUSTED|BAD)/i, 'in the words of rpm');
        return;
      }
      await signing.verify(request);
      assert.equal(await signing.sign(request), 0, 'what is signed is not signed again');
      const shown = await checkByRpm(root.path, await signing.publicKey(PROJECT), files[0] ?? '');
      const good = `V4 RSA/${digest} Signature, key \\w+:? [0-9a-f]+: OK`;
      assert.match(shown, new RegExp(`Header (OpenPGP )?${good}`, 'i'));
      // Format 6, which rpm 6 writes, has a signature of the header alone.
      if (!knowsOpenpgp) assert.match(shown, new RegExp(`\\n *${good}`, 'i'));
    });
  }

  it('tells an unknown key apart at once, and makes it when it is asked to', async () => {
    const signing = signer();
    const unknown = await refusalOf(signing.publicKey(PROJECT));
    assert.deepEqual([unknown.code, unknown.retryable], ['SigningKeyMissing', false]);
    const files = await rpms([]);
    const unsigned = await refusalOf(signing.sign({ project: PROJECT, digest: 'sha256', files }));
    assert.equal(unsigned.code, 'SigningKeyMissing');
    await signing.ensureKey(PROJECT);
    await signing.ensureKey(PROJECT);
    const { stdout } = await signd.ring.home.run('gpg', ['--batch', '--with-colons', '-K']);
    assert.match(stdout, /^uid:.*:@group_tools \(None\) <@group#tools@copr\.example\.org>:/m);
    assert.equal(stdout.match(/^sec:/gm)?.length, 1);
    assert.match(await signing.publicKey(PROJECT), /^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
  });

  it('replaces signatures of another key and of another digest, and signs only what lacks one', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    await signing.ensureKey(OTHER);
    const files = await rpms();
    const [first = '', second = ''] = files;
    await signing.sign({ project: OTHER, digest: 'sha256', files: [first] });
    await signing.sign({ project: PROJECT, digest: 'sha1', files: [second] });
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    const refusal = await refusalOf(signing.verify({ ...request, files: [first] }));
    assert.deepEqual([refusal.code, refusal.retryable], ['SignatureInvalid', false]);
    assert.equal(await signing.sign(request), 3);
    await signing.verify(request);
    await signing.unsign({ files: [first] });
    assert.equal(await signing.sign(request), 1);
    await signing.verify(request);
  });

  it('finds a package that was changed after it was signed, and one that no signature could make good', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    await signing.sign(request);
    await appendFile(files[1] ?? '', 'x');
    const refusal = await refusalOf(signing.verify(request));
    assert.equal(refusal.code, 'SignatureInvalid');
    assert.match(refusal.message, /key: hello-1\.0-1\.src\.rpm; .*Payload SHA256 digest: BAD/, 'in the words of rpm');
    const damaged = await refusalOf(signing.sign(request));
    assert.deepEqual([damaged.code, damaged.retryable], ['SigningFailed', false]);
    assert.match(damaged.message, /hello-1\.0-1\.src\.rpm$/);
  });

  it('signs nothing with a key whose term is over, and says until when it was', async () => {
    await signd.makeKey(USER);
    const key = await signd.ring.find(USER);
    const fingerprint = key?.fingerprint.toString('hex').toUpperCase() ?? '';
    const expire = (when: string) =>
      signd.ring.home.run('gpg', [
        '--batch',
        '--pinentry-mode',
        'loopback',
        '--passphrase',
        '',
        '--quick-set-expire',
        fingerprint,
        when,
      ]);
    const signing = signer();
    const files = await rpms([]);
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    await signing.sign(request);
    assert.equal((await expire('seconds=1')).code, 0);
    while ((await signd.ring.find(USER))?.isExpired !== true); // as long as its last second lasts
    for (const call of [
      () => signing.sign(request),
      () => signing.verify(request),
      () => signing.signDetached(files[0] ?? '', PROJECT),
    ]) {
      const refusal = await refusalOf(call());
      assert.deepEqual([refusal.code, refusal.retryable], ['SigningKeyExpired', false]);
    }
    const waiting = await refusalOf(signing.ensureKey(PROJECT));
    assert.deepEqual([waiting.code, waiting.retryable], ['SigningKeyExpired', true]);
    assert.match(waiting.message, /expired on \d{4}-\d\d-\d\d: prolong it on the key server/);
    await expire('1y');
    await signing.ensureKey(PROJECT);
    await signing.verify(request);
  });

  it('takes what a subkey signs for the key’s', async () => {
    await signd.makeKey(USER);
    const fingerprint = (await signd.ring.find(USER))?.fingerprint.toString('hex').toUpperCase() ?? '';
    const batch = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
    await signd.ring.home.run('gpg', [...batch, '--quick-add-key', fingerprint, 'rsa2048', 'sign', '5y']);
    assert.notEqual((await signd.ring.find(USER))?.fingerprint.toString('hex').toUpperCase(), fingerprint);
    const signing = signer();
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    assert.equal(await signing.sign(request), 3);
    await signing.verify(request);
    assert.deepEqual(await signing.lacking(request), []);
  });

  it('refuses for good a key that rpm does not take, and a path that the signer cannot write', async () => {
    await signd.makeKey(USER);
    const files = await rpms();
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    const words = `for word in "$@"; do file=$word; done\ncase "$*" in *-r*) echo "$file.sIgN1: Permission denied" >&2; exit 1;; esac`;
    const forbidden = await givenProgram(root.path, 'forbidden', `${words}\nexec ${program} "$@"`);
    const path_ = await refusalOf(signer({ program: forbidden }).sign(request));
    assert.deepEqual([path_.code, path_.retryable], ['SigningFailed', false]);
    assert.match(path_.message, /the signer cannot write there: .*\.sIgN1: Permission denied/);
    const key = path.join(root.path, 'curve.asc');
    const batch = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
    const { home } = signd.ring;
    await home.run('gpg', [...batch, '--quick-generate-key', 'curve <curve@example.org>', 'nistp256', 'sign', '5y']);
    await home.run('gpg', ['--batch', '--armor', '--output', key, '--export', 'curve@example.org']);
    if (await rpmTakesKey(await readFile(key, 'utf8'))) return;
    const curved = await givenProgram(root.path, 'curved', `cat ${key}`);
    const refused = await refusalOf(signer({ program: curved }).sign(request));
    assert.deepEqual([refused.code, refused.retryable], ['SigningFailed', false]);
    assert.match(refused.message, /rpm takes no key of the type/);
  });

  it('signs 100 packages in few calls, never more at a time than it may', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms(Array.from({ length: 98 }, (_, index) => `part${index}`));
    assert.equal(files.length, 100);
    const counted = await givenCountingProgram(root.path, program);
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    assert.equal(await signer({ program: counted.program, parallel: 3 }).sign(request), 100);
    const { calls, most } = await counted.seen();
    assert.ok(calls <= 12, `${calls} calls of sign`);
    assert.ok(most <= 3, `${most} at a time`);
    await signing.verify(request);
  });

  it('signs the rest when a retry finds some of the packages signed', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const files = await rpms(['a', 'b', 'c', 'd']);
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    const flaky = await givenProgram(
      root.path,
      'flaky',
      `case "$*" in *-b-*) echo 'connect: refused' >&2; exit 1;; esac\nexec ${program} "$@"`,
    );
    const refusal = await refusalOf(signer({ program: flaky, parallel: 6 }).sign(request));
    assert.deepEqual([refusal.code, refusal.retryable], ['SigningFailed', true]);
    assert.equal(await signing.sign(request), 1);
    await signing.verify(request);
  });

  it('makes detached signatures that gpg finds good', async () => {
    const signing = signer();
    await signing.ensureKey(PROJECT);
    const file = path.join(root.path, 'repomd.xml');
    await writeFile(file, '<repomd>\u00e9</repomd>\n');
    await writeFile(`${file}.asc`, await signing.signDetached(file, PROJECT));
    const verified = await signd.ring.home.run('gpg', ['--batch', '--verify', `${file}.asc`, file]);
    assert.equal(verified.code, 0, verified.summary);
    assert.match(verified.stderr, /Good signature from "@group_tools/);
    const lying = await givenProgram(
      root.path,
      'lying',
      `case "$*" in *-d) echo | ${program} "$@";; *) exec ${program} "$@";; esac`,
    );
    const refusal = await refusalOf(signer({ program: lying }).signDetached(file, PROJECT));
    assert.equal(refusal.code, 'SignatureInvalid');
  });

  it('refuses files that the rpm tools would not read as one package', async () => {
    const list = path.join(root.path, 'list-1-1.noarch.rpm');
    await writeFile(list, '/etc/passwd\n');
    for (const file of [
      list,
      path.join(root.path, '*.rpm'),
      'relative-1-1.noarch.rpm',
      path.join(root.path, '-x.rpm'),
    ]) {
      for (const call of [
        signer().sign({ project: PROJECT, digest: 'sha256', files: [file] }),
        signer().unsign({ files: [file] }),
      ])
        assert.equal((await refusalOf(call)).code, 'SigningFailed');
    }
  });

  describe('a signd in trouble', () => {
    const limits = { callMs: 3000, packageMs: 0 };
    const TROUBLES: Readonly<Record<string, readonly [(socket: Socket) => void, string]>> = {
      'hangs up': [(socket) => socket.destroy(), 'SignerUnavailable'],
      'answers nothing': [() => undefined, 'SignerUnavailable'],
      'answers garbage': [(socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'SignerUnavailable'],
      'answers a part': [(socket) => socket.end(Buffer.from([0, 0, 3, 0xcd])), 'SignerUnavailable'],
      'sends no key': [(socket) => socket.end(Buffer.from('00000005000068656c6c6f', 'hex')), 'SignerUnavailable'],
      'has no key': [
        (socket) => socket.end(Buffer.from('00010000000e756e6b6e6f776e206b65793a2078', 'hex')),
        'SigningKeyMissing',
      ],
    };
    for (const [trouble, [behave, code]] of Object.entries(TROUBLES)) {
      it(`that ${trouble} is ${code}`, async () => {
        const sockets: Socket[] = [];
        const server = createServer((socket) => {
          sockets.push(socket);
          socket.on('error', () => undefined);
          socket.once('data', () => behave(socket));
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const asking = await givenSignProgram(root.path, (server.address() as AddressInfo).port);
        const refusal = await refusalOf(signer({ program: asking, limits }).publicKey(PROJECT));
        assert.deepEqual([refusal.code, refusal.retryable], [code, code === 'SignerUnavailable']);
        for (const socket of sockets) socket.destroy();
        server.close();
      });
    }

    it('that does not listen is waited for, and so is a program that is not there', async () => {
      await signd.close();
      const down = await refusalOf(signer().publicKey(PROJECT));
      assert.deepEqual([down.code, down.retryable], ['SignerUnavailable', true]);
      assert.match(down.message, /ECONNREFUSED/);
      const absent = await refusalOf(signer({ program: '/nonexistent/sign' }).ensureKey(PROJECT));
      assert.deepEqual([absent.code, absent.retryable], ['SignerUnavailable', true]);
      assert.match(absent.message, /is sign_command right/);
    });

    it('in the middle of signing leaves no package half-signed', async () => {
      const signing = signer();
      await signing.ensureKey(PROJECT);
      const files = await rpms();
      const before = await Promise.all(files.map((file) => readFile(file)));
      const failing = await givenProgram(
        root.path,
        'failing',
        `case "$*" in *-r*) echo 'gpg: signing failed: No such device' >&2; exit 1;; esac\nexec ${program} "$@"`,
      );
      const request = { project: PROJECT, digest: 'sha256', files } as const;
      const refusal = await refusalOf(signer({ program: failing }).sign(request));
      assert.deepEqual([refusal.code, refusal.retryable], ['SigningFailed', true]);
      assert.match(refusal.message, /No such device/);
      assert.deepEqual(await Promise.all(files.map((file) => readFile(file))), before);
    });
  });
});

async function givenProgram(root: string, name: string, script: string): Promise<string> {
  const file = path.join(root, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** A program that runs another and writes down its beginnings and ends. */
async function givenCountingProgram(
  root: string,
  program: string,
): Promise<{
  readonly program: string;
  readonly seen: () => Promise<{ readonly calls: number; readonly most: number }>;
}> {
  const journal = path.join(root, 'journal');
  const script = `echo + >> ${journal}\n${program} "$@"; status=$?\necho - >> ${journal}\nexit $status`;
  return {
    program: await givenProgram(root, 'counting', script),
    seen: async () => {
      const events = (await readFile(journal, 'utf8')).trim().split('\n');
      let [now, most] = [0, 0];
      for (const event of events) most = Math.max(most, (now += event === '+' ? 1 : -1));
      return { calls: events.filter((event) => event === '+').length, most };
    },
  };
}

/** The output of `rpmkeys -Kv` with nothing but this key. */
async function checkByRpm(root: string, armored: string, file: string): Promise<string> {
  const [database, keyFile] = [path.join(root, 'rpmdb'), path.join(root, 'key.asc')];
  await mkdir(database);
  await writeFile(keyFile, armored);
  const define = ['--define', `_dbpath ${database}`];
  const imported = await runCommand('rpmkeys', [...define, '--import', keyFile], { timeoutMs: 30_000 });
  assert.equal(imported.code, 0, imported.summary);
  const checked = await runCommand('rpmkeys', [...define, '-Kv', file], { timeoutMs: 30_000 });
  assert.equal(checked.code, 0, checked.stdout);
  return checked.stdout;
}

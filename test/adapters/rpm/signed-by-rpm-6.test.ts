import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner, type GpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createObsSigner, type ObsSigner } from '../../../src/adapters/obs-sign/signer.js';
import { createKeygen } from '../../../src/adapters/obs-sign/keygen.js';
import { carriesOpenpgp } from '../../../src/adapters/rpm/openpgp-tag.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenSignd, givenSignProgram } from '../../support/given-signd.js';
import { hostRpm } from '../../support/host-rpm.js';
import { refusalOf } from '../../support/rejection.js';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/rpm');
/** The fixtures' key is in its name. */
const PROJECT = { owner: '@group', project: 'tools' };
const OTHER = { owner: 'alice', project: 'tools' };
const UNREAD = /tag OPENPGP\), which the rpm of this host does not read$/;
const STAYS = /signed by rpm 6 \(tag OPENPGP\), and the rpm of this host, which is older, cannot take that away/;

/** Packages that rpm 6 signed (test/fixtures/rpm/make.sh), on whatever host this is. */
describe('packages signed by rpm 6', function () {
  this.timeout(120_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let knowsOpenpgp: boolean;
  let gpg: GpgSigner;
  /** Has the fixtures' public key, and signs nothing. */
  let reader: ObsSigner;

  before(async () => void ({ knowsOpenpgp } = await hostRpm()));
  beforeEach(async () => {
    root = await givenDirectory();
    gpg = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    const program = path.join(root.path, 'sign');
    await writeFile(program, `#!/bin/sh\nexec cat ${FIXTURES}/key.asc\n`, { mode: 0o755 });
    reader = createObsSigner({
      program,
      keygen: {
        request: () => Promise.reject(new Error('not asked for')),
        ping: () => Promise.resolve(),
        close: () => undefined,
      },
      signDomain: 'example.org',
      scratch: path.join(root.path, 'scratch'),
      parallel: 1,
    });
  });
  afterEach(async () => {
    await gpg.close();
    await reader.close();
    await root.remove();
  });

  async function given(name: string): Promise<string> {
    const directory = path.join(root.path, 'results');
    await mkdir(directory, { recursive: true });
    const file = path.join(directory, `${name}-1.0-1.noarch.rpm`);
    await copyFile(path.join(FIXTURES, `${name}.rpm`), file);
    return file;
  }

  it('in format 4 have it in the tag that every rpm reads, and are good on every host', async () => {
    const files = [await given('signed-4')];
    await reader.verify({ project: PROJECT, digest: 'sha256', files });
    assert.deepEqual(await reader.lacking({ project: PROJECT, digest: 'sha256', files }), []);
    assert.deepEqual(await reader.lacking({ project: PROJECT, digest: 'sha1', files }), files);
  });

  it('in format 6 are good where rpm reads them, and refused with the reason where it does not', async () => {
    const files = [await given('signed-6')];
    const request = { project: PROJECT, digest: 'sha256', files } as const;
    if (knowsOpenpgp) return reader.verify(request);
    const { code, message, retryable } = await refusalOf(reader.verify(request));
    assert.deepEqual([code, retryable], ['SignatureInvalid', false]);
    assert.match(message, UNREAD);
  });

  for (const name of ['signed-4', 'signed-6'])
    it(`${name}: are signed anew and unsigned where rpm can, and else refused and left as they are`, async () => {
      const file = await given(name);
      const before = await readFile(file);
      await gpg.ensureKey(OTHER);
      const request = { project: OTHER, digest: 'sha256', files: [file] } as const;
      if (knowsOpenpgp || name === 'signed-4') {
        assert.equal(await gpg.sign(request), 1);
        await gpg.verify(request);
        await gpg.unsign({ files: [file] });
        assert.match((await refusalOf(gpg.verify(request))).message, /it is not signed$/);
        return;
      }
      for (const call of [() => gpg.sign(request), () => gpg.unsign({ files: [file] })]) {
        const { code, message, retryable } = await refusalOf(call());
        assert.deepEqual([code, retryable], ['SigningFailed', false]);
        assert.match(message, STAYS);
      }
      assert.deepEqual(await readFile(file), before);
    });

  it('are one thing, and packages of format 6 that nobody signed another: those are signed on every host', async () => {
    const file = await given('plain-6');
    const before = await readFile(file);
    await gpg.unsign({ files: [file] });
    assert.deepEqual(await readFile(file), before, 'nothing was to be taken away');
    await gpg.ensureKey(PROJECT);
    const request = { project: PROJECT, digest: 'sha256', files: [file] } as const;
    assert.equal(await gpg.sign(request), 1);
    await gpg.verify(request);
    await gpg.unsign({ files: [file] });
    assert.match((await refusalOf(gpg.verify(request))).message, /it is not signed$/);
  });

  it('and those of format 6 that obs-sign signs, which does as rpm 6 does, have the same end', async () => {
    const file = await given('plain-6');
    const signd = await givenSignd(root.path);
    const signer = createObsSigner({
      program: await givenSignProgram(root.path, signd.port),
      keygen: createKeygen({ host: signd.keygenHost }),
      signDomain: 'example.org',
      scratch: path.join(root.path, 'scratch'),
      parallel: 1,
    });
    try {
      await signer.ensureKey(PROJECT);
      const request = { project: PROJECT, digest: 'sha256', files: [file] } as const;
      assert.equal(await signer.sign(request), 1);
      assert.equal(await carriesOpenpgp(file), true);
      if (knowsOpenpgp) await signer.verify(request);
      else assert.match((await refusalOf(signer.verify(request))).message, UNREAD);
    } finally {
      await signer.close();
      await signd.close();
    }
  });

  it('are told apart by their own header', async () => {
    const seen: unknown[] = [];
    for (const name of ['plain-6', 'signed-4', 'signed-6']) seen.push(await carriesOpenpgp(await given(name)));
    assert.deepEqual(seen, [false, false, true]);
    const file = await given('signed-6');
    await writeFile(file, (await readFile(file)).subarray(0, 200));
    assert.equal(await carriesOpenpgp(file), false, 'no package');
  });
});

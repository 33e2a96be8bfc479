import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { dnfInstall } from '../support/dnf-client.js';
import { Installation } from '../support/installation.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

describe('npm start -- --once --signer obs-sign', function () {
  this.timeout(900_000);
  let installation: Installation;
  let scratch: string;

  before(async () => {
    installation = await Installation.create();
    scratch = await mkdtemp(join(tmpdir(), 'copr-dnf-'));
  });
  after(async () => {
    await installation.remove();
    await rm(scratch, { recursive: true, force: true });
  });

  it('builds and signs by sign, signd and keygen what dnf installs with gpgcheck=1 over HTTP', async () => {
    const { code, stdout, stderr } = await installation.once('--signer', 'obs-sign');
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    const web = await startResultsWeb({ port: 0, directory: installation.results });
    try {
      const project = `${web.url}/copr/examples`;
      const installed = await dnfInstall(join(scratch, 'dnf'), {
        ...{ baseurl: `${project}/${CHROOT}/`, gpgkey: `${project}/pubkey.gpg`, wanted: 'hello-copr' },
        options: { gpgcheck: '1' },
      });
      assert.equal(installed.code, 0, `${installed.stdout}\n${installed.stderr}`);
      assert.match(installed.stdout, /Installed:\s+hello-copr-/);
    } finally {
      await web.close();
    }
  });
});

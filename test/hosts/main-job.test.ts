import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { dnfInstall } from '../support/dnf-client.js';
import { givenDirectory } from '../support/given-directory.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLES = join(CHECKOUT, '.copr/results/copr/examples');

/** README's first command, unchanged: in a root alone, for it writes into the checkout. */
describe('npm start -- --once, on a host with nothing but packages', function () {
  this.timeout(900_000);

  it('ends with a package that dnf installs, signature checked', async () => {
    const started = await runCommand('npm', ['start', '--', '--once'], {
      ...{ cwd: CHECKOUT, timeoutMs: 600_000 },
      env: { TEMPORAL_CLI: process.env['TEMPORAL_CLI'] ?? '' },
    });
    assert.equal(started.code, 0, `${started.stdout}\n${started.stderr}`);
    const client = await givenDirectory();
    try {
      const { code, stdout, stderr } = await dnfInstall(client.path, {
        ...{ baseurl: `file://${join(EXAMPLES, 'custom-1-x86_64')}`, gpgkey: `file://${join(EXAMPLES, 'pubkey.gpg')}` },
        ...{ wanted: 'hello-copr', options: { gpgcheck: '1' } },
      });
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      const asked = await runCommand('rpm', ['--root', join(client.path, 'root'), '--query', 'hello-copr'], {
        timeoutMs: 30_000,
      });
      assert.match(asked.stdout, /^hello-copr-\d/);
    } finally {
      await client.remove();
    }
  });
});

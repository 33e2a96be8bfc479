import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Scripts that run as root, or with the keys of builders. */
const SCRIPTS = [
  'deploy/files/etc/cron.daily/copr-backend',
  'deploy/files/etc/cron.weekly/copr-backend',
  'deploy/resalloc/copr-pool-machine',
  'deploy/resalloc/x86_64.conf',
  'hosts/enter-root.sh',
  'test/fixtures/debian-root/enter-root.sh',
];

describe('shell scripts for hosts', () => {
  it('have nothing that shellcheck objects to', async () => {
    const { code, stdout } = await runCommand('shellcheck', ['--severity=warning', ...SCRIPTS], {
      cwd: ROOT,
      timeoutMs: 60_000,
    });
    assert.equal(code, 0, stdout);
  });
});

import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { givenDirectory } from '../support/given-directory.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

describe('npm run test:hosts', function () {
  this.timeout(120_000);
  let cache: Awaited<ReturnType<typeof givenDirectory>>;
  before(async () => void (cache = await givenDirectory()));
  after(() => cache.remove());

  function testHosts(...args: readonly string[]): Promise<CommandResult> {
    const cli = process.env['TEMPORAL_CLI'];
    return runCommand(process.execPath, [join(CHECKOUT, 'scripts/test-hosts.mjs'), ...args, '--no-install'], {
      ...{ cwd: CHECKOUT, timeoutMs: 100_000 },
      env: { XDG_CACHE_HOME: cache.path, ...(cli === undefined ? {} : { TEMPORAL_CLI: cli }) },
    });
  }

  it('counts what an archive that does not answer keeps from running as skipped, and says why', async () => {
    const archive = `http://127.0.0.1:${await closedPort()}/debian`;
    const { code, stdout } = await testHosts(
      ...['--host', 'debian-12', '--host', 'debian-13', '--createrepo', 'system', '--archive', archive],
      'test/adapters/rpm/package-header.test.ts',
    );
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.at(-1), '0 passed, 0 failed, 2 skipped', stdout);
    // Where the rights for roots are lacking, that is the reason.
    assert.match(stdout, /^debian-13 skipped: \S/m);
    assert.match(stdout, /\| `adapters\/rpm\/package-header` \| skipped +\| skipped +\|/);
    assert.equal(code, 0);
  });

  it('refuses a host that there is none of, in one line and with its help', async () => {
    const { code, stdout, stderr } = await testHosts('--host', 'debian-11');
    assert.match(stderr, /^--host is one of debian-12, .*, not 'debian-11'$/m);
    assert.equal(stdout, '');
    assert.equal(code, 2);
  });
});

/** A port on loopback that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

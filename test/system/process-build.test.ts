import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Installation, slowPackage } from '../support/installation.js';

/** `copr-backend-process-build`, beside workers that build. */
describe('copr-backend-process-build', function () {
  this.timeout(600_000);
  let installation: Installation;
  let slow: Awaited<ReturnType<typeof slowPackage>>;

  before(async () => {
    installation = await Installation.create();
    slow = await slowPackage();
    await installation.start();
  });

  after(async () => {
    await installation.remove();
    await slow.remove();
  });

  it('joins a build that runs, follows it to its end, and ends as it does', async () => {
    const id = await installation.submit(slow.spec, 'jdoe/slow');
    await installation.until('the package is being built', async () => {
      const { chroots } = await installation.build(id);
      return chroots.some(({ state }) => state === 'running');
    });
    const [chroot] = (await installation.build(id)).chroots;
    const words = ['--build-id', String(id), '--chroot', chroot?.name ?? '', '--worker-id', 'rpm_build_worker:1'];
    const started = await installation.program('copr-backend-process-build', ...words, '--daemon');
    assert.equal(started.code, 0, started.stderr);
    const env = { ...process.env, BACKEND_CONFIG: join(installation.data, 'copr-be.conf') };
    const following = spawn(process.execPath, ['bin/copr-backend-process-build.mjs', ...words], { env });
    let shown = '';
    following.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    const ended = once(following, 'exit');
    await installation.until('the command shows the build', () => shown.includes('building'));
    await slow.letGo();
    assert.deepEqual(await ended, [0, null], shown);
    assert.match(shown, /succeeded/);
    assert.equal(installation.starts(`${id}-${chroot?.name ?? ''}`), 1, 'it is built once');
  });

  it('says of a build that the frontend does not know that there is none', async () => {
    const words = ['--build-id', '4711', '--chroot', 'srpm-builds'];
    const { code, stderr } = await installation.program('copr-backend-process-build', ...words);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /4711 is unknown to the frontend/);
  });
});

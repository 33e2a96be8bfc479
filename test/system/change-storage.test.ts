import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PULP_START_MS } from '../support/given-pulp.js';
import { givenMovingInstallation, type MovingInstallation } from '../support/moving-installation.js';
import { seenByClients } from '../support/seen-by-clients.js';

/** A frontend, builders, Temporal, a worker and a Pulp, all real; a client reads all the time. */
describe('copr-change-storage', function () {
  this.timeout(600_000);
  let moving: MovingInstallation;

  before(async function () {
    this.timeout(PULP_START_MS);
    moving = await givenMovingInstallation();
    await moving.build();
    await moving.configurePulp();
  });
  after(() => moving.close());

  /** Reads the whole repository again and again until it is told to end; resolves with the number of its looks. */
  function readAllTheTime(): { readonly end: () => Promise<number> } {
    const over = new AbortController();
    const reading = (async () => {
      let looks = 0;
      for (; !over.signal.aborted; looks += 1) assert.ok(Object.keys(await seenByClients(moving.baseurl)).length >= 2);
      return looks;
    })();
    reading.catch(() => undefined);
    return {
      end: () => {
        over.abort();
        return reading;
      },
    };
  }

  it('says what it would move, and refuses what it cannot do', async () => {
    const { run, project, chroot } = moving;
    const { code, stdout, stderr } = await run('--src', 'backend', '--dst', 'pulp', '--dry-run');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^${project}/${chroot}: would move 2 packages, [\\d.]+ KiB`));
    assert.equal((await run('--status')).code, 3);
    assert.equal((await run('--to-pulp', '--delete')).code, 1);
    assert.equal((await run('--src', 'pulp', '--dst', 'backend')).code, 1);
    assert.equal((await run()).code, 2);
    assert.equal((await run('--src', 'pulp', '--dst', 'pulp')).code, 0);
    assert.equal(existsSync(join(moving.directory, '../.packages-place.json')), false);
  });

  it('moves a project while it is built and read, through kill -9 of the worker, and takes it back', async () => {
    const { installation, given, run, look, storage, directory, baseurl } = moving;
    const before = moving.uploads();
    const clients = readAllTheTime();
    // Pulp's tasks wait, so that the worker dies while one is under way.
    given.server.pause('worker');
    const tasks = join(directory, '.pulp-tasks.json');
    try {
      assert.equal((await run('--to-pulp', '--no-wait')).code, 0);
      await installation.until('Pulp has a task of the move', () => existsSync(tasks));
      await installation.killAndAwaitRestart('worker', 'SIGKILL');
    } finally {
      given.server.resume('worker');
    }
    const meanwhile = await moving.submit();
    await installation.until('clients were sent to Pulp', async () => (await look())?.stage === 'soaking', 300);
    await moving.succeeded(meanwhile);
    assert.equal(await storage(), 'pulp');
    await moving.build();
    assert.equal((await fetch(`${baseurl}repodata/repomd.xml`, { redirect: 'manual' })).status, 302);
    const uploaded = moving.uploads() - before;
    assert.equal(uploaded, (await moving.rpmsInTree()).length, 'each package went to Pulp once, and is still here');

    const { code, stdout, stderr } = await run('--undo');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /undone/);
    assert.equal(await storage(), 'backend');
    assert.equal((await fetch(`${baseurl}repodata/repomd.xml`, { redirect: 'manual' })).status, 200);
    const looks = await clients.end();
    assert.ok(looks > 5, `${looks} looks`);
    // Clients see the packages of the last build, from the tree.
    assert.ok(Object.keys(await seenByClients(baseurl)).length >= 2);
  });

  it('retires the tree when the soak is over, and says then that there is nothing to move', async () => {
    const { installation, run, look, status, storage, baseurl } = moving;
    const { code, stdout, stderr } = await run('--to-pulp', '--soak-hours', '0');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /moving: (soaking|retiring|succeeded)/);
    await installation.until('it has ended', async () => (await look())?.stage === 'ended');
    assert.equal((await status()).outcome?.result, 'succeeded');
    assert.equal(await storage(), 'pulp');
    assert.ok(Object.keys(await seenByClients(baseurl)).length >= 2);
    assert.equal(existsSync(join(moving.directory, '../.packages-place.json')), false);
    assert.equal((await run('--to-pulp')).code, 1, 'it has moved already');
  });
});

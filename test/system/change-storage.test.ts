import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startResultsWeb } from '../../playground/results-web/server.js';
import type { StorageMoveStatus } from '../../src/contracts/project/storage-move.js';
import { givenPulp, PULP_START_MS, type GivenPulp } from '../support/given-pulp.js';
import { Installation } from '../support/installation.js';
import { pulp } from '../support/pulp.js';
import { seenByClients } from '../support/seen-by-clients.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const HELLO = fileURLToPath(new URL('../../examples/hello-copr/hello-copr.spec', import.meta.url));
const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';
const PROJECT = 'tester/moving';
const COMMAND = 'copr-change-storage';

/** A frontend, builders, Temporal, a worker and a Pulp, all real; a client reads all the time. */
describe('copr-change-storage', function () {
  this.timeout(600_000);
  let installation: Installation;
  let given: GivenPulp;
  let web: Awaited<ReturnType<typeof startResultsWeb>>;
  let baseurl: string;

  before(async function () {
    this.timeout(PULP_START_MS);
    const server = await pulp();
    given = await givenPulp();
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '2');
    const redirectFile = join(installation.data, 'pulp-redirect.txt');
    const { contentUrl } = server;
    web = await startResultsWeb({ port: 0, directory: installation.results, pulp: { contentUrl, redirectFile } });
    baseurl = `${web.url.replace(/\/+$/, '')}/${PROJECT}/${CHROOT}/`;
    await succeeded(await installation.submit(HELLO, PROJECT));
    await installation.reconfigure({
      ...{ pulp_base_url: given.proxy.url, pulp_content_url: contentUrl },
      ...{ pulp_username: server.username, pulp_password: server.password },
    });
  });
  after(async () => {
    await web.close();
    await installation.remove();
    await given.close();
  });

  async function succeeded(id: number): Promise<void> {
    await installation.until(`build ${id} is over`, async () => (await installation.build(id)).over, 300);
    assert.equal((await installation.build(id)).chrootStates[CHROOT], 'succeeded');
  }

  const run = (...options: readonly string[]) => installation.program(COMMAND, '--project', PROJECT, ...options);
  async function status(): Promise<StorageMoveStatus> {
    const { code, stdout, stderr } = await run('--status', '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as StorageMoveStatus;
  }
  /** Null while the worker that answers is starting again. */
  async function stage(): Promise<StorageMoveStatus['stage'] | null> {
    const { code, stdout, stderr } = await run('--status', '--json');
    if (code !== 0) assert.match(stderr, /no worker answers/);
    return code === 0 ? (JSON.parse(stdout) as StorageMoveStatus).stage : null;
  }
  const storage = async (): Promise<unknown> => {
    const url = `${installation.url('frontendUrl')}/api_3/project?ownername=tester&projectname=moving`;
    return ((await (await fetch(url)).json()) as { storage: unknown }).storage;
  };
  async function rpmsInTree(): Promise<number> {
    const names = await readdir(join(installation.results, PROJECT, CHROOT), { recursive: true });
    return names.filter((name) => name.endsWith('.rpm')).length;
  }

  /** Reads the whole repository again and again until it is told to end; resolves with the number of its looks. */
  function readAllTheTime(): { readonly end: () => Promise<number> } {
    const over = new AbortController();
    const reading = (async () => {
      let looks = 0;
      for (; !over.signal.aborted; looks += 1) assert.ok(Object.keys(await seenByClients(baseurl)).length >= 2);
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
    const { code, stdout, stderr } = await run('--src', 'backend', '--dst', 'pulp', '--dry-run');
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^${PROJECT}/${CHROOT}: would move 2 packages, [\\d.]+ KiB`));
    assert.equal((await run('--status')).code, 3);
    assert.equal((await run('--to-pulp', '--delete')).code, 1);
    assert.equal((await run('--src', 'pulp', '--dst', 'backend')).code, 1);
    assert.equal((await run()).code, 2);
    assert.equal((await run('--src', 'pulp', '--dst', 'pulp')).code, 0);
    assert.equal(existsSync(join(installation.results, PROJECT, '.packages-place.json')), false);
  });

  it('moves a project while it is built and read, through kill -9 of the worker, and takes it back', async () => {
    const before = given.proxy.count(UPLOAD);
    const clients = readAllTheTime();
    // Pulp's tasks wait, so that the worker dies while one is under way.
    given.server.pause('worker');
    const tasks = join(installation.results, PROJECT, CHROOT, '.pulp-tasks.json');
    try {
      assert.equal((await run('--to-pulp', '--no-wait')).code, 0);
      await installation.until('Pulp has a task of the move', () => existsSync(tasks));
      await installation.killAndAwaitRestart('worker', 'SIGKILL');
    } finally {
      given.server.resume('worker');
    }
    const meanwhile = await installation.submit(HELLO, PROJECT);
    await installation.until('clients were sent to Pulp', async () => (await stage()) === 'soaking', 300);
    await succeeded(meanwhile);
    assert.equal(await storage(), 'pulp');
    const later = await installation.submit(HELLO, PROJECT);
    await succeeded(later);
    assert.equal((await fetch(`${baseurl}repodata/repomd.xml`, { redirect: 'manual' })).status, 302);
    const uploaded = given.proxy.count(UPLOAD) - before;
    assert.equal(uploaded, await rpmsInTree(), 'each package went to Pulp once, and is still here');

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

  it('settles when the soak is over, and says then that there is nothing to move', async () => {
    const { code, stdout, stderr } = await run('--to-pulp', '--soak-hours', '0');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /moving: (soaking|settling|succeeded)/);
    await installation.until('it has settled', async () => (await stage()) === 'ended');
    assert.equal((await status()).outcome?.result, 'succeeded');
    assert.equal(await storage(), 'pulp');
    assert.ok(Object.keys(await seenByClients(baseurl)).length >= 2);
    assert.equal(existsSync(join(installation.results, PROJECT, '.packages-place.json')), false);
    assert.equal((await run('--to-pulp')).code, 1, 'it has moved already');
  });
});

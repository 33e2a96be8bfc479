import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPublishedMetadata, type PublishedMetadata } from '../../src/adapters/pulp-store/published-metadata.js';
import { dnfInstall } from '../support/dnf-client.js';
import { givenPulp, PULP_START_MS, type GivenPulp } from '../support/given-pulp.js';
import { Installation, slowPackage } from '../support/installation.js';
import { pulp } from '../support/pulp.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const HELLO = fileURLToPath(new URL('../../examples/hello-copr/hello-copr.spec', import.meta.url));

/** The whole way of builds whose packages belong to Pulp: a frontend, builders, Temporal and a Pulp, all real. */
describe('builds of projects in Pulp', function () {
  this.timeout(600_000);
  let installation: Installation;
  let given: GivenPulp;
  let metadata: PublishedMetadata;
  let scratch: string;

  before(async function () {
    this.timeout(PULP_START_MS);
    const server = await pulp();
    given = await givenPulp();
    metadata = createPublishedMetadata(server.contentUrl);
    scratch = await mkdtemp(join(tmpdir(), 'copr-dnf-'));
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '2');
  });
  after(async () => {
    await installation.remove();
    metadata.close();
    await given.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const submit = (project: string, spec = HELLO): Promise<number> =>
    installation.submit(spec, `tester/${project}`, '--storage', 'pulp');
  let isConfigured = false;
  /** Restarts the worker with the Pulp of the run in its configuration, once. */
  async function configured(): Promise<void> {
    if (isConfigured) return;
    const { server } = given;
    await installation.reconfigure({
      ...{ pulp_base_url: server.url, pulp_content_url: server.contentUrl },
      ...{ pulp_username: server.username, pulp_password: server.password },
    });
    isConfigured = true;
  }

  const taskOf = (id: number): string => `${id}-${CHROOT}`;
  const statusOf = async (id: number): Promise<string> => (await installation.cli('status', taskOf(id))).stdout;

  async function succeeded(id: number): Promise<void> {
    await installation.until(`build ${id} is over`, async () => (await installation.build(id)).over, 300);
    const view = await installation.build(id);
    assert.equal(view.chrootStates[CHROOT], 'succeeded', await statusOf(id));
    assert.equal(view.tasks[taskOf(id)]?.terminalReports, 1, 'one terminal report');
  }

  /** File names of what clients get. */
  async function published(project: string): Promise<readonly string[]> {
    const packages = await metadata.read(`tester/${project}/${CHROOT}`);
    return [...(packages?.keys() ?? [])].map((href) => href.split('/').at(-1) ?? '').sort();
  }

  async function versions(project: string): Promise<number> {
    const repository = await given.repositories.find(`tester/${project}/${CHROOT}`);
    return repository === null ? 0 : (await given.repositories.versions(repository)).length;
  }

  async function resultsOf(project: string, id: number): Promise<readonly string[]> {
    const directory = join(installation.results, 'tester', project, CHROOT);
    const build = (await readdir(directory)).find((name) => name.startsWith(String(id).padStart(8, '0')));
    return (await readdir(join(directory, build ?? ''))).sort();
  }

  it('wait where no Pulp is configured, and say what is missing', async () => {
    const id = await submit('waiting');
    await installation.until('it waits', async () => (await statusOf(id)).includes('PulpUnconfigured'));
    assert.match(await statusOf(id), /set pulp_base_url and its like/);
    assert.equal(installation.starts(taskOf(id)), 0, 'no builder is taken');
    await configured();
    await succeeded(id);
    assert.equal((await published('waiting')).length, 2);
  });

  it('are signed and published where dnf installs with gpgcheck=1, and leave their logs here', async () => {
    await configured();
    const id = await submit('installed');
    await succeeded(id);
    const url = `${installation.url('resultsUrl')}/tester/installed`;
    const { code, stdout, stderr } = await dnfInstall(join(scratch, 'installed'), {
      baseurl: `${given.server.contentUrl}tester/installed/${CHROOT}/`,
      gpgkey: `${url}/pubkey.gpg`,
      wanted: 'hello-copr',
      options: { gpgcheck: '1' },
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /Installed:\s+hello-copr/);
    const left = await resultsOf('installed', id);
    assert.deepEqual(
      left.filter((name) => name.endsWith('.rpm')),
      [],
      'packages have left the disk',
    );
    for (const name of ['backend.log.gz', 'builder-live.log.gz', 'results.json', 'success'])
      assert.ok(left.includes(name), name);
  });

  it('are neither lost nor doubled by kill -9 of the worker while Pulp works for them', async () => {
    await configured();
    const slow = await slowPackage();
    const id = await submit('killed', slow.spec);
    const tasks = join(installation.results, 'tester/killed', CHROOT, '.pulp-tasks.json');
    await installation.until('it is being built', () => installation.starts(taskOf(id)) === 1);
    given.server.pause('worker');
    try {
      await slow.letGo();
      await installation.until('Pulp has its task', () => existsSync(tasks));
      await installation.killAndAwaitRestart('worker', 'SIGKILL');
    } finally {
      given.server.resume('worker');
      await slow.remove();
    }
    await succeeded(id);
    assert.equal(installation.starts(taskOf(id)), 1, 'it was built once');
    assert.equal((await published('killed')).length, 2);
    // Empty at first, then with the build.
    assert.equal(await versions('killed'), 2);
    assert.equal(existsSync(tasks), false);
  });

  it('wait for a Pulp that is down, which status says, and end well when it is back', async () => {
    await configured();
    const slow = await slowPackage();
    const ids = [await submit('outage-a', slow.spec), await submit('outage-b', slow.spec)];
    for (const id of ids) await installation.until(`${id} is being built`, () => installation.starts(taskOf(id)) === 1);
    await given.server.stopDatabase();
    try {
      await slow.letGo();
      for (const id of ids) {
        await installation.until(`${id} waits`, async () => (await statusOf(id)).includes('PulpUnavailable'));
        assert.match(await statusOf(id), /publishing/);
      }
      await installation.until('the outage shows', async () => {
        const { stdout } = await installation.cli('status');
        return /DOWN: Pulp since \d{4}-.*: 2 tasks wait for it: PulpUnavailable/.test(stdout);
      });
    } finally {
      await given.server.startDatabase();
      await slow.remove();
    }
    for (const id of ids) await succeeded(id);
    for (const project of ['outage-a', 'outage-b']) assert.equal((await published(project)).length, 2);
  });
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../bench/installation/free-ports.js';
import { locations } from '../support/dnf-client.js';
import { givenDirectory } from '../support/given-directory.js';
import { Installation, slowPackage } from '../support/installation.js';
import { bootSystemd, installedUnits, isSystemdThere, seenIn } from '../support/systemd.js';

const WORKERS = ['poller', 'build', 'storage', 'action'] as const;
const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
/** Nobody answers there: the installation's own worker waits, and systemd's do its work. */
const NOBODY = '[profile.default]\naddress = "127.0.0.1:1"\n';
const TRIAL_MS = 900_000;

/** The workers are units of a systemd in namespaces; frontend, Resalloc, builders and Temporal are outside of it. */
describe('a build whose service systemd stops', function () {
  this.timeout(TRIAL_MS);
  let directory: Awaited<ReturnType<typeof givenDirectory>> | undefined;
  let slow: Awaited<ReturnType<typeof slowPackage>> | undefined;
  let installation: Installation | undefined;
  let trial: Promise<string> = Promise.resolve('');

  before(async function () {
    if (!(await isSystemdThere())) this.skip();
    directory = await givenDirectory();
    slow = await slowPackage();
    installation = await Installation.create();
  });
  after(async () => {
    for (const step of ['stop', 'start', 'end']) if (directory !== undefined) await tell(directory.path, step);
    await trial;
    await installation?.remove();
    await slow?.remove();
    await directory?.remove();
  });

  it('goes on at its builder meanwhile, ends well after the start, and is published and reported once', async () => {
    assert.ok(directory !== undefined && slow !== undefined && installation !== undefined);
    const { path: scratch } = directory;
    const own = installation;
    await own.start('--no-examples', '--builders', '1');
    const nobody = join(own.data, 'nobody.toml');
    await writeFile(nobody, NOBODY);
    const files = await filesOf(own);
    await own.reconfigure({ temporal_profile: nobody });
    trial = bootSystemd(scratch, scriptWith(files), { results: own.results, timeoutMs: TRIAL_MS });
    const reached = async (step: string): Promise<void> => {
      const isOver = trial.then(() => true);
      await own.until(`the trial is ${step}`, async () => {
        if (existsSync(join(scratch, step))) return true;
        if (await Promise.race([isOver, Promise.resolve(false)])) assert.fail(await logOf(scratch, trial));
        return false;
      });
    };
    await reached('ready');

    const id = await own.submit(slow.spec, 'tester/stopped');
    const task = `${id}-${CHROOT}`;
    await own.until('it is on its builder', () => own.starts(task) === 1, 300);
    await tell(scratch, 'stop');
    await reached('stopped');
    assert.equal((await own.build(id)).chrootStates[CHROOT], 'running');
    // It ends while nobody follows it.
    await slow.letGo();
    await tell(scratch, 'start');
    await own.until('it is over', async () => (await own.build(id)).over, 300);
    await tell(scratch, 'end');
    await trial;

    const build = await own.build(id);
    assert.equal(build.chrootStates[CHROOT], 'succeeded', await logOf(scratch, trial));
    assert.equal(build.tasks[task]?.terminalReports, 1);
    assert.equal(own.starts(task), 1, 'it was built once');
    const chroot = join(own.results, 'tester/stopped', CHROOT);
    const published = await locations(join(own.data, 'dnf'), chroot, []);
    assert.equal(published.filter((file) => file.endsWith('slow-package-1.0-1.noarch.rpm')).length, 1);
    await own.until('its ticket is closed', () => own.tickets().every(({ state }) => state === 'closed'));
    const { stopped, running } = seenIn(await logOf(scratch, trial));
    assert.deepEqual(stopped, { Result: 'success', ActiveState: 'inactive' });
    assert.deepEqual(running, { ActiveState: 'active', NRestarts: '0' });
  });
});

/** The configuration of the installation for units that have the usual directories; packages are not signed. */
async function filesOf(installation: Installation): Promise<Readonly<Record<string, string>>> {
  const ports = Object.values<unknown>(await freePorts()).filter((port) => typeof port === 'number');
  const ssh = join(installation.data, 'ssh');
  const text = await installation.configurationWith({
    ...{ destdir: '/srv/copr/results', temporal_profile: '/etc/copr/temporal.toml', do_sign: 'false' },
    ...{ http_listen: `127.0.0.1:${Math.min(...ports)}`, builder_config: '/etc/copr/builder_config' },
  });
  const builder = await readFile(join(ssh, 'builder_config'), 'utf8');
  return {
    'copr-be.conf': text.replace(/^(?:state_dir|log_dir|msgbuses_dir|signer)=.*\n/gm, ''),
    'temporal.toml': `[profile.default]\naddress = "${installation.url('temporalAddress')}"\nnamespace = "default"\n`,
    builder_config: builder.replace(join(ssh, 'id_ed25519'), '/etc/copr/id_ed25519'),
    id_ed25519: await readFile(join(ssh, 'id_ed25519'), 'utf8'),
  };
}

/** Says in files of the scratch directory how far it is, and waits for those of the test. */
function scriptWith(files: Readonly<Record<string, string>>): string {
  const units = WORKERS.map((name) => `copr-backend-${name}.service`).join(' ');
  const port = /^http_listen=127\.0\.0\.1:(\d+)$/m.exec(files['copr-be.conf'] ?? '')?.[1] ?? '';
  return `${installedUnits(files)}
chown copr:copr /etc/copr/*
chmod 600 /etc/copr/id_ed25519
chown -R copr:copr /srv/copr/results
await() { until [ -e /scratch/$1 ]; do sleep 0.2; done; }
systemctl start --job-mode=ignore-dependencies ${units} copr-backend-tickets.service
for at in 0 1 2 3; do
  for _ in $(seq 300); do [ "$(ready $((${port} + at)))" = 200 ] && break; sleep 0.2; done
done
: > /scratch/ready
await stop
systemctl stop copr-backend-build.service
show stopped copr-backend-build Result ActiveState
: > /scratch/stopped
await start
systemctl start --job-mode=ignore-dependencies copr-backend-build.service
await end
show running copr-backend-build ActiveState NRestarts
journalctl --no-pager --lines 60 --output cat
systemctl stop ${units}
echo done
`;
}

function tell(scratch: string, step: string): Promise<void> {
  return writeFile(join(scratch, step), '');
}

/** The output of the trial; its end if there is none. */
function logOf(scratch: string, trial: Promise<string>): Promise<string> {
  return readFile(join(scratch, 'trial.log'), 'utf8').catch(() => trial);
}

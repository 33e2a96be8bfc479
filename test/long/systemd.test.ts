import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../bench/installation/free-ports.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenNamespace, type GivenNamespace } from '../support/given-namespace.js';
import { bootSystemd, installedUnits, isSystemdThere, seenIn } from '../support/systemd.js';

const WORKERS = ['poller', 'build', 'storage', 'action'] as const;
const CAP_NET_BIND_SERVICE = '0000000000000400';

/** The state of a service's processes, in the words of systemd and of /proc. */
type Seen = Readonly<Record<string, string>>;

/** The units of `copr-backend install`, started by this machine's systemd in namespaces of their own. */
describe('the services under systemd', function () {
  this.timeout(300_000);
  let directory: Awaited<ReturnType<typeof givenDirectory>> | undefined;
  let given: GivenNamespace | undefined;
  let seen: Readonly<Record<string, Seen>>;

  before(async function () {
    if (!(await isSystemdThere())) this.skip();
    [directory, given] = [await givenDirectory(), await givenNamespace()];
    const ports = Object.values<unknown>(await freePorts()).filter((port) => typeof port === 'number');
    const summary = await bootSystemd(directory.path, trial(Math.min(...ports), await profileOf(given)));
    const log = await readFile(join(directory.path, 'trial.log'), 'utf8').catch(() => summary);
    assert.match(log, /^done$/m, log);
    seen = seenIn(log);
  });

  after(async () => {
    await given?.remove();
    await directory?.remove();
  });

  it('get ready, as a user without rights, and those that sign with a port below 1024 alone', () => {
    for (const name of WORKERS) {
      const { ActiveState, NRestarts, readyz, Uid, NoNewPrivs, Seccomp, CapBnd, CapAmb } = seen[name] ?? {};
      assert.deepEqual(
        { ActiveState, NRestarts, readyz },
        { ActiveState: 'active', NRestarts: '0', readyz: '200' },
        name,
      );
      assert.deepEqual({ isRoot: Uid === '0', NoNewPrivs, Seccomp }, { isRoot: false, NoNewPrivs: '1', Seccomp: '2' });
      const rights = name === 'poller' ? '0'.repeat(16) : CAP_NET_BIND_SERVICE;
      assert.deepEqual([CapBnd, CapAmb], [rights, rights], name);
    }
  });

  it('are started again when they die', () => {
    const { before: old, after: fresh, NRestarts } = seen['killed'] ?? {};
    assert.deepEqual([NRestarts, old === fresh, fresh === '0'], ['1', false, false]);
  });

  it('are not started again and again with a configuration that is wrong', () => {
    const { ActiveState, ExecMainStatus, NRestarts } = seen['misconfigured'] ?? {};
    assert.deepEqual([ActiveState, ExecMainStatus, NRestarts], ['failed', '5', '0']);
  });

  it('stop when they are told to, without being killed, and leave the ticket clerk alone', () => {
    for (const name of WORKERS) {
      const { Result, ActiveState } = seen[`stopped ${name}`] ?? {};
      assert.deepEqual([Result, ActiveState], ['success', 'inactive'], name);
    }
    assert.equal(seen['stopped tickets']?.['ActiveState'], 'active');
  });
});

/** Runs in there as root; prints lines `SEEN NAME KEY=VALUE`. */
function trial(port: number, profile: string): string {
  const config = [
    ...['[backend]', 'destdir = /srv/copr/results', 'frontend_base_url = http://127.0.0.1:1', 'frontend_auth = secret'],
    ...['do_sign = true', 'sign_command = /bin/true', `http_listen = 127.0.0.1:${port}`],
    'temporal_profile = /etc/copr/temporal.toml#copr',
  ];
  const units = WORKERS.map((name) => `copr-backend-${name}.service`).join(' ');
  return `${installedUnits({ 'copr-be.conf': `${config.join('\n')}\n`, 'temporal.toml': profile })}
# The rest of the host is not started: neither the network nor the mounts that the units wait for.
systemctl start --job-mode=ignore-dependencies ${units} copr-backend-tickets.service
port=${port}
for name in poller build storage action; do
  for _ in $(seq 300); do code=$(ready $port); [ "$code" = 200 ] && break; sleep 0.2; done
  echo "SEEN $name readyz=$code"
  show $name copr-backend-$name ActiveState NRestarts
  sed -nE "s/^(Uid|NoNewPrivs|Seccomp|CapBnd|CapAmb):\\s+(\\S+).*/SEEN $name \\1=\\2/p" \\
    /proc/$(systemctl show --value -p MainPID copr-backend-$name)/status
  port=$((port + 1))
done
old=$(systemctl show --value -p MainPID copr-backend-action)
kill -KILL $old
for _ in $(seq 600); do
  new=$(systemctl show --value -p MainPID copr-backend-action); [ $new != $old ] && [ $new != 0 ] && break; sleep 0.2
done
echo "SEEN killed before=$old"; echo "SEEN killed after=$new"; show killed copr-backend-action NRestarts
for _ in $(seq 300); do [ "$(ready ${port + 3})" = 200 ] && break; sleep 0.2; done
systemctl stop ${units}
for name in poller build storage action tickets; do show "stopped-$name" copr-backend-$name Result ActiveState; done
echo 'sleeptime = often' >> /etc/copr/copr-be.conf
systemctl start --job-mode=ignore-dependencies copr-backend-poller
for _ in $(seq 600); do
  [ "$(systemctl show --value -p ActiveState copr-backend-poller)" = failed ] && break; sleep 0.2
done
show misconfigured copr-backend-poller ActiveState ExecMainStatus NRestarts
echo done
`;
}

async function profileOf({ configFile }: GivenNamespace): Promise<string> {
  const [, file = ''] = /^temporal_profile=(.*)#copr$/m.exec(await readFile(configFile, 'utf8')) ?? [];
  return readFile(file, 'utf8');
}

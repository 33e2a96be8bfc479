import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { findOnPath } from './find-on-path.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const APART = ['--pid', '--mount', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child', '--propagation=private'];

/** False, and a line that says so, where systemd cannot be booted in namespaces. */
export async function isSystemdThere(): Promise<boolean> {
  const isThere = process.getuid?.() === 0 && (await findOnPath('systemd-analyze').then(Boolean, () => false));
  if (!isThere)
    process.stderr.write('      systemd is not on this machine, or this user is not root: no unit is started\n');
  return isThere;
}

/**
 * Boots this machine's systemd in namespaces of its own, on a copy of the root that is forgotten at the end, and runs a
 * script there as root. The network is this machine's, and so is the results tree if one is given. Resolves at the script's
 * end with a summary; its output is `trial.log` in `scratch`, which is `/scratch` there.
 */
export async function bootSystemd(
  scratch: string,
  script: string,
  { results, timeoutMs = 200_000 }: { readonly results?: string; readonly timeoutMs?: number } = {},
): Promise<string> {
  await writeFile(join(scratch, 'trial.sh'), script);
  const boot = join(ROOT, 'test/fixtures/systemd/boot.sh');
  const { summary } = await runCommand('unshare', [...APART, 'bash', boot, scratch, results ?? ''], { timeoutMs });
  return summary;
}

/** The beginning of a script: `copr-backend install` with these files in `/etc/copr`; results belong to the service. */
export function installedUnits(files: Readonly<Record<string, string>>): string {
  const written = Object.entries(files).map(([name, text]) => `cat > /etc/copr/${name} <<'X'\n${text}X\n`);
  return `
cd /
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
show() { # LABEL UNIT PROPERTY…
  label=$1 unit=$2; shift 2
  for property; do echo "SEEN $label $property=$(systemctl show --value -p $property $unit)"; done
}
ready() { curl --silent --output /dev/null --max-time 5 --write-out '%{http_code}' http://127.0.0.1:$1/readyz; }
mkdir -p /etc/copr /srv/copr/results
${written.join('')}
set -e
${process.execPath} ${ROOT}bin/copr-backend.mjs install
systemd-sysusers
systemd-tmpfiles --create
chown copr:copr /srv/copr/results
systemctl daemon-reload
set +e
`;
}

/** Properties that a script has printed as `SEEN LABEL KEY=VALUE`, by label. */
export function seenIn(log: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const found: Record<string, Record<string, string>> = {};
  for (const [, label = '', key = '', value = ''] of log.matchAll(/^SEEN (\S+) (\w+)=(.*)$/gm))
    (found[label.replace('-', ' ')] ??= {})[key] = value;
  return found;
}

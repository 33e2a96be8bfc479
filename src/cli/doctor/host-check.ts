import { access, constants, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { orNull } from '../../adapters/files/storage-failure.js';
import { packageManifest } from '../../adapters/process/package-manifest.js';
import { packageRoot } from '../../adapters/process/package-root.js';
import { programOnPath } from '../../adapters/process/program-on-path.js';
import { ProgramNotStarted } from '../../adapters/process/program-not-started.js';
import { runCommand } from '../../adapters/process/run-command.js';
import { unitStates, type UnitState } from '../../adapters/process/systemd-units.js';
import { SERVICE_ROLES } from '../../domain/service/roles.js';
import { failed, ok, skipped, warning, type Check, type Verdict } from './check.js';
import type { ExaminedHost } from './examined-host.js';
import { whyNoAnswer } from './file-system-answer.js';

/** Units of deploy/files that every backend runs. */
const OUR_UNITS = [
  'copr-backend-poller.service',
  'copr-backend-build.service',
  'copr-backend-storage.service',
  'copr-backend-action.service',
  'copr-backend-tickets.service',
];
const LOG_UNIT = 'copr-backend-log.service';
/** Patterns for the units of versions that `copr-backend install --beside` writes; systemd matches those it has loaded. */
const BESIDE_UNITS = SERVICE_ROLES.map((role) => `copr-backend-${role}@*.service`);

/** Whether this is run by the user that runs the workers: what root may write says nothing. */
export function userCheck({ config, silenceMs }: ExaminedHost): Check {
  return {
    about: 'user',
    ifSilent: 'the user database does not answer: getent passwd copr',
    run: async (signal) => {
      const { uid, username } = userInfo();
      if (uid === 0)
        return [
          warning(
            'user',
            'root may write everywhere, so this does not show what the service may write',
            'runuser -u copr -- copr-backend doctor',
          ),
        ];
      if ((await whyNoAnswer(config.destdir, { silenceMs, signal })) !== null)
        return [skipped('user', `${username}; ${config.destdir} does not answer, so its owner is not seen`)];
      const tree = await orNull(stat(config.destdir));
      if (tree === null || tree.uid === uid) return [ok('user', `${username}, to whom the results belong`)];
      return [
        warning(
          'user',
          `${username} does not own ${config.destdir} (uid ${tree.uid})`,
          'sudo -u copr copr-backend doctor',
        ),
      ];
    },
  };
}

/** Whether the names of our commands lead to this package. */
export function pathCheck(): Check {
  return {
    about: 'PATH',
    ifSilent: 'a directory on PATH hangs: echo $PATH',
    run: async () => {
      const root = await realpath(packageRoot());
      const absent: string[] = [];
      const foreign: string[] = [];
      for (const name of Object.keys(packageManifest().bin)) {
        const found = await programOnPath(name);
        if (found === null) absent.push(name);
        else if (!(await realpath(found)).startsWith(`${root}/`)) foreign.push(found);
      }
      return pathVerdicts(absent, foreign, root);
    },
  };
}

function pathVerdicts(absent: readonly string[], foreign: readonly string[], root: string): readonly Verdict[] {
  if (absent.length + foreign.length === 0) return [ok('PATH', `all commands are those of ${root}`)];
  const verdicts: Verdict[] = [];
  if (absent.length > 0)
    verdicts.push(warning('PATH', `not found: ${absent.join(', ')}`, `npm install --global ${root}`));
  if (foreign.length > 0)
    verdicts.push(
      warning(
        'PATH',
        `of another package: ${foreign.join(', ')}`,
        'remove that package (dnf remove copr-backend), or put the directory of ours before it in PATH',
      ),
    );
  return verdicts;
}

/** The keys for the builders, as ssh itself reads its configuration. */
export function sshCheck({ config, configFile, silenceMs }: ExaminedHost): Check {
  const file = config.sshBuilderConfig;
  return {
    about: 'ssh',
    ifSilent: `ssh -G -F ${file} builder does not end: see Match exec in it`,
    run: async (signal) => {
      try {
        await access(file, constants.R_OK);
      } catch {
        return [
          failed(
            'ssh',
            `${file} cannot be read by this user`,
            `write it (docs/operations.md), or set builder_config in [ssh] of ${configFile}`,
          ),
        ];
      }
      const said = await runCommand('ssh', ['-G', '-F', file, 'builder'], { timeoutMs: silenceMs, signal }).catch(
        (error: unknown) => {
          if (error instanceof ProgramNotStarted) return null;
          throw error;
        },
      );
      if (said === null) return [skipped('ssh', 'there is no ssh')];
      if (said.code !== 0) return [failed('ssh', said.summary, `correct ${file}`)];
      return [await keysVerdict(file, said.stdout)];
    },
  };
}

async function keysVerdict(file: string, settings: string): Promise<Verdict> {
  const keys = [...settings.matchAll(/^identityfile (.+)$/gm)].map(([, key = '']) =>
    key.replace(/^~/, userInfo().homedir),
  );
  for (const key of keys) {
    const isReadable = await access(key, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (isReadable) return ok('ssh', `${file}, key ${key}`);
  }
  if (/^identityagent (?!none$)\S/m.test(settings)) return ok('ssh', `${file}, keys of an agent`);
  return failed(
    'ssh',
    `no key of ${file} can be read: ${keys.join(', ')}`,
    `chown copr: and chmod 0600 the IdentityFile of ${file}`,
  );
}

/** Our units, where systemd runs: those of every host, and those of versions beside each other that run or failed. */
export function unitsCheck({ config, silenceMs }: ExaminedHost): Check {
  return {
    about: 'units',
    ifSilent: 'systemd does not answer: systemctl is-system-running',
    run: async () => {
      const expected = config.logTo === 'redis' ? [...OUR_UNITS, LOG_UNIT] : OUR_UNITS;
      const units = await statesOf([...expected, ...BESIDE_UNITS], silenceMs);
      if (units === null) return [skipped('units', 'this host does not run systemd')];
      const known = units.filter(({ load }) => load !== 'not-found');
      if (known.length === 0) return [warning('units', 'none of ours is installed', 'copr-backend install, as root')];
      return known.map(unitVerdict);
    },
  };
}

/** Null where there is no systemd. */
export async function statesOf(names: readonly string[], silenceMs: number): Promise<readonly UnitState[] | null> {
  try {
    return await unitStates(names, silenceMs);
  } catch (error) {
    if (error instanceof ProgramNotStarted) return null;
    throw error;
  }
}

function unitVerdict({ unit, load, active, enabled, result, restarts }: UnitState): Verdict {
  const about = unit.replace(/\.service$/, '');
  if (active === 'active')
    return restarts === 0
      ? ok(about, 'runs')
      : warning(about, `runs, and was restarted ${restarts} times`, `journalctl -u ${unit} -n 100`);
  if (active === 'failed')
    return failed(about, `failed (${result})`, `journalctl -u ${unit} -n 100; then systemctl restart ${unit}`);
  if (load !== 'loaded') return failed(about, `is ${load}`, `systemctl cat ${unit}; systemctl unmask ${unit}`);
  return enabled === 'enabled'
    ? warning(about, `is enabled, and ${active}`, `systemctl start ${unit}`)
    : skipped(about, `is ${enabled || 'not enabled'} here`);
}

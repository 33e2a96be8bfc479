import { Command, Option } from 'commander';
import { inspectConfig } from '../../config/inspect.js';
import { readConfigText } from '../../config/load.js';
import { secretsOf } from '../../config/shown-value.js';
import { plainJson } from '../../domain/plain-text.js';
import { ROLES, type Role } from '../../domain/service/roles.js';
import { createMasker } from '../../logging/secrets.js';
import { readConfig, requireConfigFile } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { printLines, showProgress } from '../printing.js';
import type { Check, Verdict } from './check.js';
import { doctorJson, doctorLines, isWell } from './doctor-text.js';
import type { ExaminedHost } from './examined-host.js';
import { frontendCheck } from './frontend-check.js';
import { pathCheck, sshCheck, unitsCheck, userCheck } from './host-check.js';
import { messageBusCheck } from './message-bus-check.js';
import { programsCheck } from './programs-check.js';
import { pulpCheck } from './pulp-check.js';
import { redisCheck } from './redis-check.js';
import { resallocCheck } from './resalloc-check.js';
import { runChecks } from './run-checks.js';
import { signerCheck } from './signer-check.js';
import { storageCheck } from './storage-check.js';
import { takeOverChecks } from './take-over-checks.js';
import { temporalCheck } from './temporal-check.js';

type DoctorOptions = CommonOptions & {
  readonly json?: boolean;
  readonly role: Role;
  readonly limit: number;
  readonly beforeTakeover?: boolean;
};

/** Of a check's time, the part that a neighbour may be silent: so the check itself can say what happened. */
const SILENCE = 0.8;

/** `doctor`: everything that the service needs, and what to do about each thing that fails. */
export function doctorCommand(): Command {
  return withCommonOptions(new Command('doctor'))
    .description('check every neighbour, program, directory and clock that the service needs, and say what to do')
    .addOption(new Option('--role <role>', 'what this host does').choices(ROLES).default('all'))
    .option('--limit <seconds>', 'longest time of one check', wholeNumber({ least: 1, most: 600 }), 10)
    .option('--before-takeover', 'look for what a Python service has left, too, and for commands of ours it would call')
    .option('--json', 'the verdicts as one JSON object')
    .addHelpText('after', HELP)
    .action((options: DoctorOptions) => runCommandAction(options.debug === true, () => examine(options)));
}

const HELP = `
All checks run at the same time and change nothing. Run it on each host, as the user of the workers:

  runuser -u copr -- copr-backend doctor
  copr-backend doctor --role storage           a host that only publishes repositories
  copr-backend doctor --before-takeover        before the first start in place of a Python service
  copr-backend doctor --json | jq '.verdicts[] | select(.state == "failed")'

Passwords are never printed. docs/migrate.md has the way from a Python service and back.

Exit status:
  0  nothing fails, perhaps with warnings
  1  something fails; each line says what to do
  2  wrong usage
  5  the configuration is missing or wrong`;

async function examine(options: DoctorOptions): Promise<ExitStatus> {
  const configFile = requireConfigFile(options.config);
  const config = readConfig(options.config);
  const { settings } = inspectConfig(readConfigText(configFile));
  const limitMs = options.limit * 1000;
  const host = { config, configFile, settings, role: options.role, silenceMs: limitMs * SILENCE };
  const masker = createMasker(secretsOf(config));
  const verdicts = await runChecks(checksOf(host, options.beforeTakeover === true), {
    limitMs,
    waiting: (names) => showProgress(names.length === 0 ? null : `waiting for ${names.join(', ')}`),
  });
  const shown = masker.value(verdicts) as readonly Verdict[];
  printLines(options.json === true ? [plainJson(doctorJson(shown))] : doctorLines(shown));
  return isWell(verdicts) ? EXIT_STATUS.ok : EXIT_STATUS.failed;
}

function checksOf(host: ExaminedHost, isBeforeTakeover: boolean): readonly Check[] {
  return [
    ...[temporalCheck(host, { wantsWorkers: !isBeforeTakeover }), frontendCheck(host), resallocCheck(host)],
    ...[signerCheck(host), messageBusCheck(host), userCheck(host), storageCheck(host), programsCheck(host)],
    ...[pulpCheck(host), sshCheck(host), unitsCheck(host), redisCheck(host)],
    // Its remedy, a global installation, is wrong as long as the old service may call our commands.
    ...(isBeforeTakeover ? takeOverChecks(host) : [pathCheck()]),
  ];
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import {
  deployedFiles,
  UnfitPath,
  unitsBeside,
  type DeployedFile,
  type DeploymentFacts,
} from '../../adapters/deployment/deployed-files.js';
import { layDown, type LaidDown } from '../../adapters/deployment/lay-down.js';
import { workerBuildId } from '../../adapters/deployment/worker-build-id.js';
import { configurationExample, USUAL_DESTDIR } from '../../config/configuration-example.js';
import { OPTIONS, type Config } from '../../config/schema.js';
import type { HttpListen } from '../../config/value-types.js';
import { readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { parseListen } from '../listen-argument.js';
import { printLines } from '../printing.js';

type Options = CommonOptions & {
  readonly prefix: string;
  readonly dryRun?: boolean;
  readonly cron?: boolean;
  readonly setuidSign?: boolean;
  readonly pulpContent?: string;
  readonly beside?: HttpListen;
};

/** The file that the units name, whatever file this command reads. */
const CONFIGURATION = '/etc/copr/copr-be.conf';

const HELP = `
The directories come from the configuration, /etc/copr/copr-be.conf below the prefix, or are the usual ones if there is
none. Run it again after an update, and after a change of destdir, state_dir, log_dir, pulp_content_url or the signer.
It starts and enables nothing. A changed file in /etc is kept; ours is written beside it as NAME.rpmnew.

  copr-backend install --beside 127.0.0.1:5109     units NAME@BUILD for the workers of this version only, which run beside
                                                   those of the version before until that is drained
${EXIT_STATUS_HELP}`;

/** `install`: writes the units and the other files that a host of the service needs. */
export function installCommand(): Command {
  return withCommonOptions(new Command('install'))
    .description('write systemd units, log rotation and web server files, and copr-be.conf.example')
    .option('--prefix <dir>', 'write below this directory, for a package or an image', '/')
    .option('--cron', 'cron jobs, too, for hosts on which the Schedules of Temporal are paused')
    .option('--setuid-sign', "leave obs-signd's program `sign` the right to become root: see docs/operations.md")
    .option('--pulp-content <url>', 'where web servers send clients of projects in Pulp (default: pulp_content_url)')
    .addOption(
      new Option(
        '--beside <address>',
        "only units of the workers, for this version beside another one; HOST:PORT of the first one's /metrics, or off",
      )
        .argParser(parseListen)
        .conflicts('cron'),
    )
    .option('--dry-run', 'show what would be written, and write nothing')
    .addHelpText('after', HELP)
    .action((options: Options) => runCommandAction(options.debug === true, () => install(options)));
}

async function install(options: Options): Promise<ExitStatus> {
  process.umask(0o022); // services that are not root read these files
  const isDryRun = options.dryRun === true;
  const root = path.resolve(options.prefix);
  const say = isDryRun ? WOULD : DID;
  let kept = 0;
  const build = options.beside === undefined ? null : await workerBuildId();
  for (const file of filesFor(options, root, build)) {
    const laid = await layDown(file, { root, isDryRun }).catch(asCommandError(path.join(root, file.path)));
    printLines([`${say[laid.outcome]} ${laid.path}`]);
    if (laid.outcome === 'kept') kept += 1;
  }
  if (kept > 0) printLines([`${kept} of your files differ from ours: compare each NAME with NAME.rpmnew`]);
  if (!isDryRun && root === '/') printLines(build === null ? NEXT : nextBeside(build));
  return EXIT_STATUS.ok;
}

type Words = Readonly<Record<LaidDown['outcome'], string>>;
const DID: Words = { written: 'written', unchanged: 'unchanged', kept: 'kept yours, ours is' };
const WOULD: Words = { written: 'would write', unchanged: 'unchanged', kept: 'would keep yours, ours would be' };

const NEXT = [
  'next:',
  '  systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload',
  `  write ${CONFIGURATION}; copr-backend config check`,
  '  systemctl enable --now copr-backend.target    or only the services that this host should run',
];

function nextBeside(build: string): readonly string[] {
  return [
    'next:',
    `  systemctl daemon-reload && systemctl enable --now copr-backend@${build}.target`,
    '  copr-backend deploy status, then ramp, current and drain: docs/operations.md, "Two versions at a time"',
  ];
}

/** Null: a host may get its units before its configuration. */
function configOf({ config: named }: Options, root: string): Config | null {
  const file = named ?? path.join(root, CONFIGURATION);
  return named === undefined && !existsSync(file) ? null : readConfig(file);
}

function factsOf({ cron, setuidSign, pulpContent }: Options, config: Config | null): DeploymentFacts {
  return {
    node: process.execPath,
    destdir: config?.destdir ?? USUAL_DESTDIR,
    stateDir: config?.stateDir ?? OPTIONS.stateDir.default,
    logDir: config?.logDir ?? path.resolve(OPTIONS.logDir.default),
    obsSign: config?.doSign !== true || config.signer !== 'obs-sign' ? null : setuidSign ? 'as root' : 'by capability',
    cron: cron === true,
    pulpContent: pulpContent ?? (config === null ? null : pulpContentOf(config)),
  };
}

/** Pulp's own URL; null if clients reach it by way of these web servers: they would send requests to themselves. */
function pulpContentOf({ pulpContentUrl, resultsBaseurl }: Config): string | null {
  const isOurs = pulpContentUrl === resultsBaseurl || pulpContentUrl?.startsWith(`${resultsBaseurl}/`) === true;
  return isOurs ? null : pulpContentUrl;
}

/** `build`: the version whose units run beside those of another one; null: all files of a host. */
function filesFor(options: Options, root: string, build: string | null): readonly DeployedFile[] {
  const config = configOf(options, root);
  const facts = factsOf(options, config);
  if (build !== null && config?.workerVersioning !== true)
    throw new CommandError(
      EXIT_STATUS.failed,
      'workers without versions would share all work with those beside them: set `worker_versioning = true` first, and restart the workers',
    );
  try {
    if (build !== null) {
      const listen = options.beside?.isOff === false ? options.beside.at : null;
      return unitsBeside(facts, { build, listen });
    }
    const example = { path: `${CONFIGURATION}.example`, text: configurationExample(), mode: 0o644 };
    return [...deployedFiles(facts), example];
  } catch (error) {
    if (error instanceof UnfitPath) throw new CommandError(EXIT_STATUS.failed, error.message, { cause: error });
    throw error;
  }
}

function asCommandError(file: string): (error: unknown) => never {
  return (error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const remedy =
      code === 'EACCES' || code === 'EPERM' ? ': run it as root, or write elsewhere with --prefix DIR' : ` (${code})`;
    throw new CommandError(EXIT_STATUS.failed, `${file} cannot be written${remedy}`, { cause: error });
  };
}

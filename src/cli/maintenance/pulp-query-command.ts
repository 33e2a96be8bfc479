import { homedir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { configuredPulp, noPulpRemedy } from '../../adapters/pulp/configured.js';
import { createPulpExchange } from '../../adapters/pulp/exchange.js';
import { createPulpQueries, type PulpQueries } from '../../adapters/pulp/queries.js';
import { isOf, prefixOf } from '../../adapters/pulp-store/names.js';
import { readPulpSettings, type PulpSettings } from '../../adapters/pulp/settings.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { PortFailure } from '../../ports/port-failure.js';
import { hasConfigFile, readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { commandErrorOf } from '../port-failure.js';
import { printText } from '../printing.js';
import { parseProject } from '../project-argument.js';

type Options = {
  readonly build?: number;
  readonly project?: string;
  readonly href?: string;
  readonly chroot?: string;
  readonly pulpConfig?: string;
} & CommonOptions;

/** The answer, as Pulp gives it, and whether it is empty. */
type Found = { readonly value: unknown; readonly isEmpty: boolean };

const FILE_OF_PULP_CLI = '~/.config/pulp/cli.toml';

const HELP = `
It prints JSON and changes nothing: for --build the packages with that label, for --project its repositories and
distributions, for --href the whole record of one object. Labels belong to the bytes of a package: if several builds or
projects have the same package, it has the labels of the last that brought it.

Where Pulp is, the configuration says, as for workers: its keys pulp_*, then the file that pulp_cli_config names. With
--pulp-config that file alone counts; it is also read where there is no configuration.
  copr-backend-pulp-query --build 9001
  copr-backend-pulp-query --build 9001 --chroot fedora-42-x86_64
  copr-backend-pulp-query --project jdoe/hello --chroot fedora-42-x86_64
  copr-backend-pulp-query --href /pulp/api/v3/tasks/0199ab12-7f3e-7c55-9d10-3f1c2b4a5d6e/

Exit status:
  0  found
  1  Pulp does not answer, or refuses
  2  wrong usage
  3  Pulp has nothing of that kind
  5  the settings for Pulp are missing or wrong`;

/** `copr-backend-pulp-query`: what Pulp holds of a build or a project (docs/neighbours/pulp.md). */
export function pulpQueryCommand(): Command {
  return withCommonOptions(new Command('copr-backend-pulp-query'))
    .description("show what Pulp has of a build or a project, or an object's record")
    .option('--build <id>', 'packages that are labelled with this build', wholeNumber({ least: 1 }))
    .option('--project <owner/project>', 'its repositories and distributions')
    .option('--href <path>', 'the object with this href')
    .option('--chroot <name>', 'of this chroot alone')
    .option('--pulp-config <file>', `settings of pulp-cli, instead of the configuration (such as ${FILE_OF_PULP_CLI})`)
    .addHelpText('after', HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, async () => {
        const ask = questionOf(options);
        try {
          return await answer(await settingsFor(options), ask);
        } catch (error) {
          if (!(error instanceof PortFailure)) throw error;
          throw commandErrorOf(error);
        }
      }),
    );
}

/** A named file counts; then the configuration, as a worker reads it; without one, the usual file of pulp-cli. */
async function settingsFor({ config: named, pulpConfig }: Options): Promise<PulpSettings> {
  if (pulpConfig !== undefined) return readPulpSettings(inHome(pulpConfig));
  if (!hasConfigFile(named)) return readPulpSettings(inHome(FILE_OF_PULP_CLI));
  const config = readConfig(named);
  const settings = await configuredPulp(config);
  if (settings !== null) return settings;
  throw new CommandError(EXIT_STATUS.configuration, `no Pulp is configured: ${noPulpRemedy(config)}`);
}

function inHome(file: string): string {
  return file.startsWith('~/') ? path.join(homedir(), file.slice(1)) : file;
}

async function answer(settings: PulpSettings, ask: (queries: PulpQueries) => Promise<Found>): Promise<ExitStatus> {
  const exchange = await createPulpExchange(settings);
  try {
    const { value, isEmpty } = await ask(createPulpQueries(exchange));
    printText(JSON.stringify(value, null, 2));
    return isEmpty ? EXIT_STATUS.noSuchTask : EXIT_STATUS.ok;
  } finally {
    exchange.close();
  }
}

/** The question; throws wrong usage unless exactly one thing is asked for. */
function questionOf({ build, project, href, chroot }: Options): (queries: PulpQueries) => Promise<Found> {
  if ([build, project, href].filter((one) => one !== undefined).length !== 1)
    throw usage('name one of --build, --project and --href');
  if (chroot !== undefined && !isSafeName(chroot)) throw usage(`'${chroot}' is not a CHROOT`);
  if (build !== undefined)
    return async (queries) => {
      const value = await queries.packages({ build_id: String(build), ...(chroot === undefined ? {} : { chroot }) });
      return { value, isEmpty: value.length === 0 };
    };
  if (project !== undefined) {
    const wanted = { ...parseProject(project, null), chroot: chroot ?? null };
    return async (queries) => {
      const value = await queries.project(prefixOf(wanted), (name) => isOf(wanted, name));
      return { value, isEmpty: value.repositories.length + value.distributions.length === 0 };
    };
  }
  if (chroot !== undefined) throw usage('--chroot goes with --build or --project: an href names one object');
  if (href?.startsWith('/') !== true || href.startsWith('//')) throw usage('an href is a path that Pulp gave: /pulp/…');
  return async (queries) => {
    const value = await queries.object(href);
    return { value, isEmpty: value === null };
  };
}

function usage(problem: string): CommandError {
  return new CommandError(EXIT_STATUS.usage, problem);
}

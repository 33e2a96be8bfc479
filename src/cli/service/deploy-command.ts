import { Argument, Command, InvalidArgumentError } from 'commander';
import { BUILD_ID } from '../../contracts/names/deployment.js';
import { plainJson } from '../../domain/plain-text.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { describeVersions, drain, makeCurrent, openText, ramp } from '../../starters/deployment.js';
import { readSettings } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { decimalNumber } from '../number-argument.js';
import { printLines, showProgress } from '../printing.js';
import { withStopSignal } from '../stop-signal.js';
import { deploymentLines } from './deployment-text.js';

type Options = CommonOptions & { readonly json?: boolean; readonly force?: boolean; readonly dryRun?: boolean };

const HELP = `
With \`worker_versioning = true\`, a build ends on the version of the workers that it began on. Start the workers of the
new version beside the old ones, send it a part of what begins, then everything, and stop the old ones once nothing is
left on them. Going back is the same with the old version.

  copr-backend deploy status
  copr-backend deploy ramp 0.2.0-1f0c5a7e9b21 10
  copr-backend deploy current 0.2.0-1f0c5a7e9b21
  copr-backend deploy drain 0.1.0-7d3b90e4a6f8
${EXIT_STATUS_HELP}`;

/** The word for workers without versions. */
const UNVERSIONED = 'unversioned';

/** `deploy status|current|ramp|drain`: versions of the workers (decision 0083). */
export function deployCommand(): Command {
  const deploy = new Command('deploy')
    .description('versions of the workers: which one is next, and what an old one still holds')
    .addHelpText('after', HELP);
  deploy.addCommand(
    command('status', 'every version with its workers and its open workflows').action((options: Options) =>
      run(options, (open) => status(open, options)),
    ),
  );
  deploy.addCommand(
    changing('current', 'all that begins begins on this version, and long-lived workflows go on there')
      .addArgument(buildArgument(`a build, or \`${UNVERSIONED}\``))
      .action((build: string, options: Options) => run(options, (open) => current(open, build, options))),
  );
  deploy.addCommand(
    changing('ramp', 'a part of what begins begins on this version; 0 ends that')
      .addArgument(buildArgument('a build'))
      .addArgument(new Argument('<percent>').argParser(decimalNumber({ least: 0, most: 100 })))
      .action((build: string, percent: number, options: Options) =>
        run(options, (open) => rampTo(open, { build, percent }, options)),
      ),
  );
  deploy.addCommand(
    command('drain', 'wait until nothing is left on this version; its workers can then be stopped')
      .addArgument(buildArgument('a build'))
      .action((build: string, options: Options) => run(options, (open) => waitFor(open, build, options))),
  );
  return deploy;
}

function command(name: string, description: string): Command {
  return withCommonOptions(new Command(name)).description(description).option('--json', 'as JSON');
}

function changing(name: string, description: string): Command {
  return command(name, description)
    .option('-n, --dry-run', 'only check whether it could be done')
    .option('--force', 'although it has no workers where the current version has some');
}

function buildArgument(description: string): Argument {
  return new Argument('<build>', description).argParser((text: string) => {
    if (BUILD_ID.test(text)) return text;
    throw new InvalidArgumentError('It must be a build id, as `deploy status` shows it.');
  });
}

function run(options: Options, work: (open: OpenClient) => Promise<ExitStatus>): Promise<void> {
  return runCommandAction(options.debug === true, () => withClient(readSettings(options.config), work));
}

async function status(open: OpenClient, options: Options): Promise<ExitStatus> {
  const report = await describeVersions(open);
  say(options, report, deploymentLines(report));
  return EXIT_STATUS.ok;
}

async function current(open: OpenClient, build: string, options: Options): Promise<ExitStatus> {
  const { dryRun = false, force = false } = options;
  const { before, told } = await makeCurrent(open, build === UNVERSIONED ? null : build, { dryRun, force });
  const instead = `instead of ${before ?? UNVERSIONED}`;
  const text = dryRun
    ? `would make ${build} current ${instead}`
    : `${build} is current ${instead}; ${told} long-lived workflows go on there`;
  say(options, { current: build, before, told, dryRun }, [text]);
  return EXIT_STATUS.ok;
}

async function rampTo(
  open: OpenClient,
  to: { readonly build: string; readonly percent: number },
  options: Options,
): Promise<ExitStatus> {
  const { dryRun = false, force = false } = options;
  if (to.build === UNVERSIONED) throw new CommandError(EXIT_STATUS.usage, 'a ramp leads to a version');
  const { told } = await ramp(open, to.percent === 0 ? null : to, { dryRun, force });
  const text = `${to.percent} % of what begins ${dryRun ? 'would come' : 'comes'} to ${to.build}`;
  say(options, { ramping: to, told, dryRun }, [dryRun ? text : `${text}; ${told} long-lived workflows choose again`]);
  return EXIT_STATUS.ok;
}

async function waitFor(open: OpenClient, build: string, options: Options): Promise<ExitStatus> {
  await withStopSignal((signal) =>
    drain(open, build, (left) => showProgress(`${build} still holds ${openText(left)}`), signal),
  );
  showProgress(null);
  say(options, { build, drained: true }, [`nothing is left on ${build}: its workers can be stopped`]);
  return EXIT_STATUS.ok;
}

function say(options: Options, json: object, lines: readonly string[]): void {
  printLines(options.json === true ? [plainJson(json)] : lines);
}

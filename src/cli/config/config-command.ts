import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { findConfigFile } from '../../config/find-config-file.js';
import { byLine } from '../../config/finding.js';
import { inspectConfig, lineOf, type Inspection } from '../../config/inspect.js';
import { ConfigError, readConfigText } from '../../config/load.js';
import { plainJson } from '../../domain/plain-text.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { adoptCommand } from './config-adopt-command.js';
import { CHECK_HELP, CONFIG_HELP, DIFF_HELP, SHOW_HELP } from './config-help.js';
import {
  checkLines,
  diffLines,
  findDifferences,
  isUsable,
  settingAsJson,
  showLines,
  type InspectedFile,
} from './config-text.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines } from '../printing.js';
import { findingsOfPrograms } from './program-findings.js';
import { requireConfigFile } from '../../starters/settings.js';
import { withNamespace } from './temporal-namespace.js';

type JsonOptions = CommonOptions & { readonly json?: boolean };
type CheckOptions = JsonOptions & { readonly strict?: boolean };
type ShowOptions = JsonOptions & { readonly changed?: boolean };

/** `config check|show|diff|adopt`: work on configuration files; only `adopt` connects to anything. */
export function configCommand(): Command {
  return new Command('config')
    .description('check a configuration, show the effective one, compare two, apply its limits')
    .addHelpText('after', CONFIG_HELP)
    .addCommand(checkCommand())
    .addCommand(showCommand())
    .addCommand(diffCommand())
    .addCommand(adoptCommand());
}

function checkCommand(): Command {
  return withCommonOptions(new Command('check'))
    .description('report every error and oddity of a configuration file')
    .argument('[file]', 'default: the file the other commands use')
    .option('--json', 'the findings as JSON')
    .option('--strict', 'exit with status 1 if there are warnings')
    .addHelpText('after', CHECK_HELP)
    .action((file: string | undefined, options: CheckOptions) =>
      runCommandAction(options.debug === true, () => check(file, options)),
    );
}

async function check(given: string | undefined, options: CheckOptions): Promise<ExitStatus> {
  const file = given ?? requireConfigFile(options.config);
  const { findings: ofFile, settings } = inspectedOrWrong(file);
  const findings = [...ofFile, ...(await findingsOfPrograms(settings))].sort(byLine);
  const usable = isUsable(findings);
  if (options.json === true) printLines([plainJson({ file, usable, findings })]);
  else printLines(checkLines(file, findings));
  if (!usable) return EXIT_STATUS.configuration;
  const hasWarnings = findings.some(({ severity }) => severity === 'warning');
  return options.strict === true && hasWarnings ? EXIT_STATUS.failed : EXIT_STATUS.ok;
}

function inspectedOrWrong(file: string): Pick<Inspection, 'findings' | 'settings'> {
  try {
    return withNamespace(inspectConfig(readConfigText(file)));
  } catch (error) {
    if (error instanceof ConfigError) return { findings: error.findings, settings: [] };
    throw error;
  }
}

function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('show the effective value of every key, and its source')
    .option('--json', 'the values as JSON, with their types')
    .option('--changed', 'only what the file sets')
    .addHelpText('after', SHOW_HELP)
    .action((options: ShowOptions) => runCommandAction(options.debug === true, () => Promise.resolve(show(options))));
}

function show(options: ShowOptions): ExitStatus {
  const here = inspectOurs(options.config);
  const { inspection, file, why } = here;
  const settings = inspection.settings.filter(({ source }) => options.changed !== true || lineOf(source) !== null);
  if (options.json === true) {
    printLines([plainJson({ file, why, settings: settings.map((setting) => settingAsJson(setting, inspection)) })]);
  } else {
    printLines(showLines(here, settings));
  }
  return EXIT_STATUS.ok;
}

function diffCommand(): Command {
  return withCommonOptions(new Command('diff'))
    .description('show the keys whose values differ in another file')
    .argument('<file>', 'the other file')
    .option('--json', 'the differences as JSON')
    .addHelpText('after', DIFF_HELP)
    .action((file: string, options: JsonOptions) =>
      runCommandAction(options.debug === true, () => Promise.resolve(diff(file, options))),
    );
}

function diff(file: string, options: JsonOptions): ExitStatus {
  const here = inspectOurs(options.config);
  const there = inspectUsable(file, null);
  const differences = findDifferences(here.inspection, there.inspection);
  if (options.json === true) {
    const plain = differences.map((difference) => ({
      here: settingAsJson(difference.here, here.inspection),
      there: settingAsJson(difference.there, there.inspection),
    }));
    printLines([plainJson({ here: here.file, there: file, differences: plain })]);
  } else {
    printLines(diffLines(here, there, differences));
  }
  return differences.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
}

function inspectOurs(flag: string | undefined): InspectedFile {
  const file = requireConfigFile(flag);
  const { why } = findConfigFile({ flag, env: process.env, cwd: process.cwd(), exists: existsSync });
  return inspectUsable(file, why);
}

/** A file with errors has no effective values: its errors are the answer. */
function inspectUsable(file: string, why: string | null): InspectedFile {
  try {
    const inspection = withNamespace(inspectConfig(readConfigText(file)));
    const errors = inspection.findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new ConfigError(file, errors);
    return { file, why, inspection };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandError(EXIT_STATUS.configuration, error.message, { cause: error });
  }
}

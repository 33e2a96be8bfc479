import { Command } from 'commander';
import type { LimitsSource } from '../../contracts/dispatch/dispatch.js';
import { plainJson } from '../../domain/plain-text.js';
import { admissionOf } from '../../config/admission.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { ADOPT_HELP } from './config-help.js';
import { adoptLimits } from '../../starters/limits-adoption.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines } from '../printing.js';
import { readConfig, requireConfigFile, settingsOf } from '../../starters/settings.js';

type AdoptOptions = CommonOptions & { readonly dryRun?: boolean; readonly json?: boolean };

/** `config adopt`: if several pollers have different limits, those of this host's file count from now on. */
export function adoptCommand(): Command {
  return withCommonOptions(new Command('adopt'))
    .description("apply this file's limits if pollers have different ones")
    .option('--dry-run', 'say whose limits apply now, and change nothing')
    .option('--json', 'the same as JSON')
    .addHelpText('after', ADOPT_HELP)
    .action((options: AdoptOptions) =>
      runCommandAction(options.debug === true, () => {
        const config = readConfig(options.config);
        const { digest } = admissionOf(config);
        const settings = settingsOf(config, requireConfigFile(options.config));
        return withClient(settings, (open) => adopt(open, { ...options, digest, configFile: settings.configFile }));
      }),
    );
}

async function adopt(
  open: OpenClient,
  options: AdoptOptions & { readonly digest: string; readonly configFile: string },
): Promise<ExitStatus> {
  const { digest, configFile } = options;
  const before = await adoptLimits(open, { digest, isRehearsal: options.dryRun === true });
  const sources = Object.fromEntries(before.map(({ dispatcher, limitsFrom }) => [dispatcher, limitsFrom]));
  const lines =
    options.json === true
      ? [plainJson({ configFile, digest, dryRun: options.dryRun === true, before: sources })]
      : before.map(({ dispatcher, limitsFrom }) => lineOf(dispatcher, limitsFrom, options));
  printLines(lines);
  return EXIT_STATUS.ok;
}

function lineOf(
  dispatcher: string,
  before: LimitsSource | null,
  { digest, dryRun, configFile }: { readonly digest: string; readonly dryRun?: boolean; readonly configFile: string },
): string {
  if (before?.digest === digest) return `${dispatcher}: the limits of ${configFile} (${digest}) count already`;
  const theirs =
    before === null ? 'no poller has brought limits yet' : `those of ${before.poller} (${before.digest}) count`;
  return dryRun === true
    ? `${dispatcher}: ${theirs}; the limits of ${configFile} are ${digest}`
    : `${dispatcher}: the limits of ${configFile} (${digest}) count from its poller's next poll on; before, ${theirs}`;
}

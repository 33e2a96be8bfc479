import { Command } from 'commander';
import { analyzeResults, publishUsagePage } from '../../activities/maintenance/analyze-results.js';
import { createDiskUsage } from '../../adapters/usage-samples/disk-usage.js';
import { createUsageSamples } from '../../adapters/usage-samples/usage-samples.js';
import { readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { printError, printLines } from '../printing.js';
import { runRound, withTeller } from './run-round.js';

type Options = CommonOptions & {
  readonly logToStderr?: boolean;
  readonly stdout?: boolean;
  readonly customDuCommand?: string;
  readonly outputFilename?: string;
  readonly dryRun?: boolean;
};

const HELP = `
Writes a sample and the listing of du below statsdir/samples, and statsdir/index.html with charts of all samples:
  copr_analyze_results.py
  copr-backend-analyze-results --output-filename /tmp/usage.json     (makes /tmp/usage.json.zst and nothing else)
${EXIT_STATUS_HELP}`;

/** `copr-backend-analyze-results`: what the results take on the disk (docs/neighbours/storage.md#statistics). */
export function analyzeResultsCommand(): Command {
  return withCommonOptions(new Command('copr-backend-analyze-results'))
    .description('measure what owners, projects and chroots take on the disk, and draw charts')
    .option('--log-to-stderr', 'accepted for compatibility: messages go to standard error')
    .option('--stdout', 'accepted for compatibility: the lines about files go to standard output')
    .option('--custom-du-command <command>', 'another program than `du -x destdir`, with its arguments')
    .option('--log-progress-delay <seconds>', 'accepted for compatibility', wholeNumber({ least: 0 }), 30)
    .option('--output-filename <file>', 'write the sample there (with .zst appended), and no listing and no charts')
    .option('--dry-run', 'measure, and write nothing')
    .addHelpText('after', HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, () => {
        const { destdir, statsDir } = readConfig(options.config);
        const command = options.customDuCommand?.trim().split(/\s+/);
        const usage = createDiskUsage({ destdir, ...(command === undefined ? {} : { command }) });
        return withTeller(null, (teller) => {
          const deps = { usage, samples: createUsageSamples({ statsDir }), now: Date.now, tell: teller.tell };
          const job = analyzeResults(deps, { outputFile: options.outputFilename ?? null });
          return runRound(job, { dryRun: options.dryRun === true, teller });
        });
      }),
    );
}

/** `copr-backend-generate-graphs`: renews the page of charts from the samples that are there. */
export function generateGraphsCommand(): Command {
  return withCommonOptions(new Command('copr-backend-generate-graphs'))
    .description('renew the page of charts in statsdir from all samples')
    .option('--log-to-stderr', 'accepted for compatibility: messages go to standard error')
    .addHelpText('after', EXIT_STATUS_HELP)
    .action((options: CommonOptions) =>
      runCommandAction(options.debug === true, async () => {
        const { statsDir } = readConfig(options.config);
        const { path, troubles } = await publishUsagePage(createUsageSamples({ statsDir }), Date.now);
        for (const trouble of troubles) printError(trouble);
        printLines([`charts: ${path}`]);
        return troubles.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
      }),
    );
}

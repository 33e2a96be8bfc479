import { Command } from 'commander';
import { compressLiveLogs, LIVE_LOG_DAYS } from '../../activities/maintenance/compress-live-logs.js';
import { createLeftLogs } from '../../adapters/tree-care/left-logs.js';
import { withClient } from '../../starters/connect.js';
import { readSettings } from '../../starters/settings.js';
import { buildsUnderWay } from '../../starters/under-way.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { ALLOW_ROOT, requireServiceUser } from '../service/service-user.js';
import { runRound, withTeller } from './run-round.js';

type Options = CommonOptions & { readonly dryRun?: boolean; readonly allowRoot?: boolean };

const HELP = `
Logs of builds that have not ended stay as they are:
  copr-compress-live-logs --dry-run /var/lib/copr/public_html/results
  copr-compress-live-logs /var/lib/copr/public_html/results/@copr
${EXIT_STATUS_HELP}`;

/** `copr-compress-live-logs DIR`: compresses live logs that were left over (docs/neighbours/storage.md#clean-up). */
export function compressLiveLogsCommand(): Command {
  return withCommonOptions(new Command('copr-compress-live-logs'))
    .description(`compress each builder-live.log that has not changed for ${LIVE_LOG_DAYS} days`)
    .argument('[directory]', 'where to look; default: destdir')
    .option('--dry-run', 'say what would be compressed or removed, and change nothing')
    .option(...ALLOW_ROOT)
    .addHelpText('after', HELP)
    .action((directory: string | undefined, options: Options) =>
      runCommandAction(options.debug === true, () => {
        const settings = readSettings(options.config);
        requireServiceUser(settings.destdir, options);
        const logs = createLeftLogs({ directory: directory ?? settings.destdir });
        return withTeller(null, (teller) =>
          withClient(settings, (open) => {
            const deps = { logs, builds: buildsUnderWay(open), now: Date.now, tell: teller.tell };
            const job = compressLiveLogs(deps, { days: LIVE_LOG_DAYS });
            return runRound(job, { dryRun: options.dryRun === true, teller });
          }),
        );
      }),
    );
}

import path from 'node:path';
import { Command } from 'commander';
import { cleanResultDirectories, LEFTOVER_DAYS } from '../../activities/maintenance/clean-result-directories.js';
import { createTrash } from '../../adapters/trash/trash.js';
import { createLeftoverTree } from '../../adapters/tree-care/leftover-tree.js';
import { withClient } from '../../starters/connect.js';
import { readConfig, requireConfigFile, settingsOf } from '../../starters/settings.js';
import { buildsUnderWay } from '../../starters/under-way.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { ALLOW_ROOT, requireServiceUser } from '../service/service-user.js';
import { DRY_RUN, isReal, REAL_RUN, type RealRunOptions } from './real-run.js';
import { runRound, withTeller } from './run-round.js';

type Options = CommonOptions & RealRunOptions & { readonly allowRoot?: boolean };

const HELP = `
Without --real-run it only says what it would do. Directories go into the trash, from which they can be restored:
  copr-backend-resultdir-cleaner
  copr-backend-resultdir-cleaner --real-run; copr-backend trash list
Lines TODO DIR name directories that a person has to look at. The log is resultdir-cleaner.log in log_dir.
${EXIT_STATUS_HELP}`;

/** `copr-backend-resultdir-cleaner`: removes forgotten work directories (docs/neighbours/storage.md#clean-up). */
export function resultdirCleanerCommand(): Command {
  return withCommonOptions(new Command('copr-backend-resultdir-cleaner'))
    .description(`move work directories that nobody has touched for ${LEFTOVER_DAYS} days into the trash`)
    .option(...REAL_RUN)
    .option(...DRY_RUN)
    .option(...ALLOW_ROOT)
    .addHelpText('after', HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, () => {
        const config = readConfig(options.config);
        const { destdir, trashHours } = config;
        requireServiceUser(destdir, options);
        const settings = settingsOf(config, requireConfigFile(options.config));
        const tree = createLeftoverTree({ destdir, trash: createTrash({ destdir, hours: trashHours }) });
        const pathOf = (names: readonly string[]): string => path.join(destdir, ...names);
        return withTeller({ logDir: config.logDir, name: 'resultdir-cleaner.log' }, (teller) =>
          withClient(settings, (open) => {
            const deps = { tree, builds: buildsUnderWay(open), now: Date.now, pathOf, tell: teller.tell };
            const job = cleanResultDirectories(deps, { days: LEFTOVER_DAYS });
            return runRound(job, { dryRun: !isReal(options), teller });
          }),
        );
      }),
    );
}

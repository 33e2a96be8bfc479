import { Command } from 'commander';
import { pruneSrpms } from '../../activities/maintenance/prune-srpms.js';
import { createTreePaths, type TreePaths } from '../../adapters/file-tree/paths.js';
import { createPrunableTree } from '../../adapters/repository-store/survey/prunable-tree.js';
import { withServiceLog } from '../../adapters/redis/service-log.js';
import { secretsOf } from '../../config/shown-value.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { pruneWorkflowId } from '../../contracts/names/ids.js';
import type { SourceBuild } from '../../ports/prune/prunable-tree.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { runRound } from '../maintenance/run-round.js';
import { printLines } from '../printing.js';
import { ALLOW_ROOT, requireServiceUser } from '../service/service-user.js';
import { readConfig } from '../../starters/settings.js';

type Options = CommonOptions & {
  readonly dryRun?: boolean;
  readonly stdout?: boolean;
  readonly days?: number;
  readonly allowRoot?: boolean;
};

/**
 * `copr-prune-srpms`: removes directories of old source builds (docs/neighbours/storage.md#pruning). No metadata lists
 * them.
 */
export function pruneSrpmsCommand(): Command {
  return withCommonOptions(new Command('copr-prune-srpms'))
    .description('remove the results of source builds that are older than prune_days')
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--stdout', 'a line for each removal on standard output instead of the log')
    .option('--days <n>', 'instead of prune_days', wholeNumber({ least: 0, most: 999_999 }))
    .option(...ALLOW_ROOT)
    .addHelpText('after', EXIT_STATUS_HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, async (): Promise<ExitStatus> => {
        const config = readConfig(options.config);
        requireServiceUser(config.destdir, options);
        const { destdir, pruneDays } = config;
        const { days = pruneDays, dryRun = false } = options;
        const prints = options.stdout === true || dryRun;
        return withServiceLog(config, { name: 'pruner', secrets: secretsOf(config) }, (log) => {
          const pruner = log.child({ workflowId: pruneWorkflowId(config.storageName) });
          const tell = (event: Event, build: SourceBuild): void => {
            const line = lineOf(event, build, createTreePaths(destdir), dryRun);
            if (prints) printLines([line]);
            else pruner.info(line);
          };
          const deps = { tree: createPrunableTree({ destdir }), now: Date.now, tell };
          const teller = { tell: (line: string) => pruner.info(line), note: () => undefined };
          return runRound(pruneSrpms(deps, { days }), { dryRun, teller, isQuiet: prints });
        });
      }),
    );
}

type Event = 'removing' | 'kept';

/** People want to find it with their own tools. */
function lineOf(
  event: Event,
  { owner, dirname, name, changedAt }: SourceBuild,
  paths: TreePaths,
  dryRun: boolean,
): string {
  const place = paths.build({ owner, dirname, chroot: SOURCE_CHROOT, targetDir: name });
  return event === 'removing'
    ? `${dryRun ? 'Would remove' : 'Removing'}: ${place}  (${new Date(changedAt).toISOString().slice(0, 10)})`
    : `Kept, because it has changed: ${place}`;
}

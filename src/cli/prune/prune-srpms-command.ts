import { Command } from 'commander';
import { createTreePaths, type TreePaths } from '../../adapters/file-tree/paths.js';
import { createPrunableTree } from '../../adapters/repository-store/survey/prunable-tree.js';
import { withServiceLog } from '../../adapters/redis/service-log.js';
import { secretsOf } from '../../config/shown-value.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { pruneWorkflowId } from '../../contracts/names/ids.js';
import type { PrunableTree, SourceBuild } from '../../ports/prune/prunable-tree.js';
import { PortFailure } from '../../ports/port-failure.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { printLines, printError } from '../printing.js';
import { requireServiceUser } from '../service/service-user.js';
import { readConfig } from '../../starters/settings.js';

type Options = CommonOptions & {
  readonly dryRun?: boolean;
  readonly stdout?: boolean;
  readonly days?: number;
  readonly allowRoot?: boolean;
};

const DAY_MS = 86_400_000;

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
    .option('--allow-root', 'run as uid 0 (for the playground; never for a service)')
    .addHelpText('after', EXIT_STATUS_HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, async (): Promise<ExitStatus> => {
        const config = readConfig(options.config);
        requireServiceUser(config.destdir, options);
        const failures = await withServiceLog(config, { name: 'pruner', secrets: secretsOf(config) }, (log) => {
          const pruner = log.child({ workflowId: pruneWorkflowId(config.storageName) });
          return pruneSrpms(createPrunableTree({ destdir: config.destdir }), {
            oldest: Date.now() - (options.days ?? config.pruneDays) * DAY_MS,
            isDryRun: options.dryRun === true,
            tell: (event, build) => {
              const line = lineOf(event, build, createTreePaths(config.destdir));
              if (options.stdout === true) printLines([line]);
              else pruner.info(line);
            },
          });
        });
        for (const failure of failures) printError(failure);
        return failures.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
      }),
    );
}

type Event = 'removing' | 'kept';

/** People want to find it with their own tools. */
function lineOf(event: Event, { owner, dirname, name, changedAt }: SourceBuild, paths: TreePaths): string {
  const place = paths.build({ owner, dirname, chroot: SOURCE_CHROOT, targetDir: name });
  return event === 'removing'
    ? `Removing: ${place}  (${new Date(changedAt).toISOString().slice(0, 10)})`
    : `Kept, because it has changed: ${place}`;
}

/**
 * Removes builds older than `oldest` (milliseconds since the epoch) and loose logs; returns what could not be removed.
 */
export async function pruneSrpms(
  tree: Pick<PrunableTree, 'projects' | 'sourceBuilds' | 'removeSourceBuild'>,
  options: {
    readonly oldest: number;
    readonly isDryRun: boolean;
    readonly tell: (event: Event, build: SourceBuild) => void;
  },
): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const project of await tree.projects()) {
    for (const build of await tree.sourceBuilds(project)) {
      if (!build.isLog && build.changedAt >= options.oldest) continue;
      options.tell('removing', build);
      if (options.isDryRun) continue;
      try {
        if ((await tree.removeSourceBuild(build)) === 'kept') options.tell('kept', build);
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        failures.push(error.message);
      }
    }
  }
  return failures;
}

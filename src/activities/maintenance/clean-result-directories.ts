import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import {
  buildIdOfDirectory,
  judgeBesideBuilds,
  judgeBesideChroots,
  judgeInsideBuild,
  type LeftoverVerdict,
} from '../../domain/maintenance/leftovers.js';
import type { BuildsUnderWay } from '../../ports/maintenance/builds-under-way.js';
import type { LeftoverTree, TreeDirectory } from '../../ports/maintenance/leftovers.js';
import { orRefused } from '../../ports/or-refused.js';
import { PortFailure } from '../../ports/port-failure.js';
import { boundedOutcome, type Tell } from './outcome.js';

/** Age at which a work directory is forgotten (docs/neighbours/storage.md#clean-up). */
export const LEFTOVER_DAYS = 14;
const DAY_MS = 86_400_000;

export type CleanResultDirectoriesDeps = {
  readonly tree: LeftoverTree;
  readonly builds: BuildsUnderWay;
  readonly now: () => number;
  /** Path of names below the results root, for people. */
  readonly pathOf: (names: readonly string[]) => string;
  readonly tell: Tell;
};

/**
 * Moves forgotten work directories that are older than `days` into the trash, and names others that a person should look
 * at. Touches nothing of a build that has not ended.
 */
export function cleanResultDirectories(
  deps: CleanResultDirectoriesDeps,
  options: { readonly days: number },
): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  const { tree, builds, now, pathOf, tell } = deps;
  return async ({ signal, progress, dryRun }) => {
    const troubles: string[] = [];
    let [discarded, reported] = [0, 0];
    const refused = (line: string): void => {
      if (troubles.includes(line)) return;
      tell(`Not looked at: ${line}`);
      troubles.push(line);
    };
    for await (const directory of tree.directories(signal, refused)) {
      progress(`${discarded} moved into the trash; at ${pathOf(directory.names)}`);
      const judged = await orRefused(judge(tree, directory), refused);
      if (judged === null) continue;
      if (judged.verdict === 'report') {
        reported += 1;
        tell(`TODO DIR ${judged.category}: ${pathOf(directory.names)}`);
      }
      if (judged.verdict !== 'remove' || directory.changedAt > now() - options.days * DAY_MS) continue;
      const end = await discard(directory, signal, dryRun);
      if (end === 'discarded') discarded += 1;
      else if (end !== null) troubles.push(end.trouble);
    }
    const verb = dryRun ? 'would be moved into the trash' : 'moved into the trash';
    const summary = `${discarded} directories ${verb}; ${reported} to look at`;
    return boundedOutcome({ summary, changed: dryRun ? 0 : discarded, troubles });
  };

  /** Null: it stays, as it is in use. */
  async function discard(
    directory: TreeDirectory,
    signal: AbortSignal,
    dryRun: boolean,
  ): Promise<'discarded' | null | { readonly trouble: string }> {
    const place = pathOf(directory.names);
    try {
      // Asked each time: a build may have begun since the last one. There are few such directories.
      if (await isUnderWay(directory)) {
        tell(`Kept, because its build has not ended: ${place}`);
        return null;
      }
      if (dryRun) {
        tell(`Would remove: ${place}`);
        return 'discarded';
      }
      if ((await tree.discard(directory, signal)) === 'kept') {
        tell(`Kept, because it has changed: ${place}`);
        return null;
      }
      tell(`Removed: ${place}`);
      return 'discarded';
    } catch (error) {
      if (!(error instanceof PortFailure)) throw error;
      tell(`Not removed: ${error.message}`);
      return { trouble: error.message };
    }
  }

  async function isUnderWay({ names, level }: TreeDirectory): Promise<boolean> {
    const build = level === 'build' ? buildIdOfDirectory(names[3] ?? '') : null;
    // The directories beside the builds are of tools that do not exist any more.
    return build !== null && (await builds.buildIds()).has(build);
  }
}

async function judge(tree: LeftoverTree, directory: TreeDirectory): Promise<LeftoverVerdict> {
  const name = directory.names.at(-1) ?? '';
  if (directory.level === 'project') return judgeBesideChroots(name);
  if (directory.level === 'chroot') return judgeBesideBuilds(name);
  return judgeInsideBuild(name, await tree.namesIn(directory));
}

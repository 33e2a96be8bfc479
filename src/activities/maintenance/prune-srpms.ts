import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import { orRefused } from '../../ports/or-refused.js';
import type { PrunableTree, SourceBuild } from '../../ports/prune/prunable-tree.js';
import { boundedOutcome } from './outcome.js';

const DAY_MS = 86_400_000;

export type PruneSrpmsDeps = {
  readonly tree: Pick<PrunableTree, 'projects' | 'sourceBuilds' | 'removeSourceBuild'>;
  readonly now: () => number;
  /** Called for each source build that is about to go, and again for one that turned out to be in use. */
  readonly tell: (event: 'removing' | 'kept', build: SourceBuild) => void;
};

/** Removes the results of source builds that are older than `days`, and loose logs beside them whatever their age. */
export function pruneSrpms(
  { tree, now, tell }: PruneSrpmsDeps,
  options: { readonly days: number },
): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  return async ({ signal, progress, dryRun }) => {
    const oldest = now() - options.days * DAY_MS;
    const troubles: string[] = [];
    let changed = 0;
    const refused = (line: string): void => void troubles.push(line);
    for (const project of await tree.projects(refused)) {
      progress(`${changed} removed; at ${project.owner}/${project.dirname}`);
      for (const build of (await orRefused(tree.sourceBuilds(project), refused)) ?? []) {
        signal.throwIfAborted();
        if (!build.isLog && build.changedAt >= oldest) continue;
        tell('removing', build);
        const end = dryRun ? 'removed' : await orRefused(tree.removeSourceBuild(build), refused);
        if (end === 'kept') tell('kept', build);
        else if (end === 'removed') changed += 1;
      }
    }
    const verb = dryRun ? 'would be removed' : 'removed';
    const summary = `${changed} source builds and logs ${verb}; ${troubles.length} could not be`;
    return boundedOutcome({ summary, changed: dryRun ? 0 : changed, troubles });
  };
}

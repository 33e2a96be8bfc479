import { activityInfo } from '@temporalio/activity';
import type { StepActivities } from '../../contracts/activities.js';
import type { FailureCode } from '../../contracts/failures/failure-codes.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { PruneStep } from '../../contracts/prune/prune.js';
import { repositoryChange, type RepositoryChange } from '../../contracts/repository/repository.js';
import { inStore } from '../../contracts/store-kind.js';
import { isSourceRpm } from '../../domain/names/rpm-file.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import type { PlannedRemoval } from '../../domain/prune/prune-plan.js';
import { prunability } from '../../domain/prune/prune-project.js';
import { selectForPruning, type PrunableContent } from '../../domain/prune/prune-selection.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { PlanPart } from '../../ports/prune/prune-plans.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { requester } from '../requester.js';

type Dependencies = Pick<
  ActivityDependencies,
  'frontend' | 'prunable' | 'stores' | 'prunePlans' | 'plans' | 'messages' | 'log'
> & { readonly now?: () => number };

/** The work of a plan's part that is to be done now. */
type Checked = {
  readonly change: RepositoryChange | null;
  readonly asked: number;
  readonly gone: number;
  readonly unfinished: string | null;
};

const NOTHING: Checked = { change: null, asked: 0, gone: 0, unfinished: null };

/** Steps of a prune run: a plan is a proposal, and each of its lines is checked once more before it is executed. */
export function createPruneActivities(deps: Dependencies): Pick<StepActivities, 'requestPruning' | 'reportFinalPrune'> {
  const { frontend, prunable, stores, prunePlans, plans, messages, log } = deps;
  const now = deps.now ?? Date.now;

  return {
    requestPruning: ({ plan, at, lines, requestId }) =>
      withHeartbeat(deps, async (): Promise<PruneStep> => {
        if (at.line === 0) await prunePlans.verify(plan);
        const part = await prunePlans.part(plan, at, lines);
        if (part === null) return { repository: null, asked: 0, gone: 0, kept: 0, unfinished: null, next: null };
        const { repository } = part.chroot;
        const { change, asked, gone, unfinished } = await check(repository, part).catch(unreadable);
        if (change !== null) {
          const short = await plans.shorten(repository, change);
          await messages.requestChange(repository, { ...requester(requestId), change: short });
        }
        const kept = part.removals.length - asked - gone;
        log.info({ repository, asked, gone, kept, unfinished }, 'pruning asked for');
        return { repository, asked, gone, kept, unfinished, next: part.next };
      }),

    async reportFinalPrune({ plan, unwell }) {
      const finals = (await prunePlans.finals(plan)).filter((chroot) => !unwell.includes(chroot));
      if (finals.length === 0) return { finished: 0 };
      // A report whose answer was lost is not sent again; and a chroot may have been activated or removed meanwhile.
      const states = await frontend.pruneStates();
      const unreported = finals.filter((chroot) => {
        const state = states.get(chroot);
        return state !== undefined && !state.active && !state.isFinal;
      });
      if (unreported.length > 0) await frontend.reportFinalPrune(unreported);
      log.info({ chroots: unreported, attempt: activityInfo().attempt }, 'chroots are finally pruned');
      return { finished: finals.length };
    },
  };

  async function check(repository: RepositoryId, part: PlanPart): Promise<Checked> {
    const found = prunability(await frontend.project(repository.owner, projectOfDirname(repository.dirname)));
    if (!found.isPruned) return NOTHING;
    const { appstream, store } = found.facts;
    const survey = await stores[store].prunable.survey(repository);
    if (survey.state === 'held') return { ...NOTHING, unfinished: survey.why };
    const makes = part.removals.filter(({ kind }) => kind === 'repodata').length;
    if (survey.state === 'noMetadata') {
      const unfinished = `its metadata is made first: ${survey.why}`;
      if (makes === 0) return { ...NOTHING, unfinished };
      return { change: repositoryChange('full', { appstream, ...inStore(store) }), asked: makes, gone: 0, unfinished };
    }
    const { wanted, gone } = sort(survey, part, now());
    const named = (is: (kind: PlannedRemoval['kind']) => boolean): readonly string[] =>
      wanted.filter(({ kind }) => is(kind)).map(({ path }) => path);
    await prunable.removeOldLogs(
      repository,
      named((kind) => kind === 'build'),
    );
    const special = { removeRpms: named((kind) => kind !== 'build'), delete: named((kind) => kind === 'build') };
    const change =
      wanted.length === 0 ? null : repositoryChange('change', { ...special, appstream, ...inStore(store) });
    // Metadata that was missing when the plan was made shows only now what is to be pruned.
    return {
      change,
      asked: wanted.length,
      gone: gone + makes,
      unfinished: makes === 0 ? null : 'its metadata was made',
    };
  }
}

/** Failures that keep a repository from being surveyed, and tell nothing about those in the other store. */
const UNREADABLE: ReadonlySet<FailureCode> = new Set([
  'StorageFailed',
  'PulpUnavailable',
  'PulpUnconfigured',
  'PulpRefused',
  'PulpTaskFailed',
]);

/** A repository that cannot be read does not stop the others: the next run takes it. The frontend is waited for. */
function unreadable(error: unknown): Checked {
  if (!(error instanceof PortFailure) || !UNREADABLE.has(error.code)) throw error;
  return { ...NOTHING, unfinished: error.message };
}

/** The lines that still apply, and the number of those already done. */
function sort(
  content: PrunableContent,
  part: PlanPart,
  now: number,
): { readonly wanted: readonly PlannedRemoval[]; readonly gone: number } {
  const selected = new Set(selectForPruning(content, { now, days: part.chroot.days }).map(({ path }) => path));
  const there = new Set([
    ...content.packages.map(({ href }) => href),
    ...content.directories.flatMap(({ name, rpms }) => [name, ...rpms.map((rpm) => `${name}/${rpm}`)]),
  ]);
  const isGone = ({ path }: PlannedRemoval): boolean =>
    !there.has(path) || content.departed.has(path) || content.departed.has(path.split('/')[0] ?? path);
  const removals = part.removals.filter(({ kind }) => kind !== 'repodata');
  return {
    wanted: withoutLoneSources(
      removals.filter((removal) => !isGone(removal) && selected.has(removal.path)),
      content,
    ),
    gone: removals.filter(isGone).length,
  };
}

/** A plan that was edited by hand may name a source package but not all of its binaries: then it stays with them. */
function withoutLoneSources(
  removals: readonly PlannedRemoval[],
  { directories, departed }: PrunableContent,
): readonly PlannedRemoval[] {
  const going = new Set(removals.map(({ path }) => path));
  const staying = new Set<string>();
  for (const { name, rpms } of directories) {
    const paths = rpms.filter((rpm) => !isSourceRpm(rpm)).map((rpm) => `${name}/${rpm}`);
    if (paths.some((path) => !going.has(path) && !departed.has(path))) staying.add(name);
  }
  return removals.filter(({ kind, path }) => kind !== 'srpm' || !staying.has(path.split('/')[0] ?? ''));
}

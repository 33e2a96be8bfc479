import type { StepActivities } from '../../contracts/activities.js';
import { capOfPlan } from '../../domain/prune/prune-caps.js';
import { summarizePlan } from '../../domain/prune/prune-plan.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { planPruning } from './plan.js';

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'prunable' | 'prunePlans' | 'messages' | 'log'> & {
  readonly now?: () => number;
  readonly retryMs?: number;
};
/** The progress of planning, for a heartbeat's details: projects surveyed, of how many. */
type Progress = { readonly looked: number; readonly of: number };

/**
 * Plans a round of pruning. The plan is kept beside the results, where the run of the plan reads it part by part; the
 * history gets its name. Nothing is written before the end, so it may run twice.
 */
export function createPlanPruneActivity(deps: Dependencies): Pick<StepActivities, 'planPrune'> {
  const { frontend, prunable, prunePlans, log } = deps;
  const { now = Date.now, retryMs } = deps;
  return {
    planPrune: ({ days, caps, parallel }) =>
      withHeartbeat<Progress, Awaited<ReturnType<StepActivities['planPrune']>>>(deps, async ({ signal, remember }) => {
        const { text, leftOut } = await planPruning(
          {
            frontend,
            tree: prunable,
            log,
            now,
            signal,
            onProgress: remember,
            ...(retryMs === undefined ? {} : { retryMs }),
          },
          { days, caps, parallel, force: false, untouched: false, finalized: false },
        );
        const summary = summarizePlan(text);
        // Projects with too large a share were left out already.
        const cap = capOfPlan(summary.count, caps);
        if (!cap.isKept) throw new PortFailure('PlanTooLarge', refusal(cap.why));
        const missed = new Set(leftOut).size;
        if (summary.count + summary.finals === 0) return { plan: null, leftOut: missed };
        const plan = await prunePlans.keep(text);
        log.info({ plan, leftOut: missed }, 'a plan was made');
        return { plan, leftOut: missed };
      }),
  };
}

function refusal(why: string): string {
  return `nothing was pruned: ${why}; copr-prune-results --dry-run shows the plan, --force prunes regardless`;
}

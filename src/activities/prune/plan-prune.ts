import type { StepActivities } from '../../contracts/activities.js';
import { capOfPlan } from '../../domain/prune/prune-caps.js';
import { summarizePlan } from '../../domain/prune/prune-plan.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ActivityDependencies } from '../dependencies.js';
import { pruneWorkflowId } from '../../contracts/names/ids.js';
import type { PlannedRound, SurveyProgress } from '../../contracts/prune/prune.js';
import { withHeartbeat } from '../heartbeat.js';
import { planPruning } from './plan.js';

type Dependencies = Pick<
  ActivityDependencies,
  'frontend' | 'prunable' | 'stores' | 'prunePlans' | 'messages' | 'settings' | 'log'
> & {
  readonly now?: () => number;
  readonly retryMs?: number;
};

/**
 * Plans a round of pruning. The plan is kept beside the results, where the run of the plan reads it part by part; the
 * history gets its name. Nothing is written before the end, so it may run twice. A plan that begins during the survey is
 * noticed by the workflow.
 */
export function createPlanPruneActivity(deps: Dependencies): Pick<StepActivities, 'planPrune'> {
  const { frontend, prunable, stores, prunePlans, messages, settings, log } = deps;
  const { now = Date.now, retryMs } = deps;
  return {
    planPrune: ({ days, caps, parallel }) =>
      withHeartbeat<SurveyProgress, PlannedRound>(deps, async ({ signal, remember }) => {
        // A survey of a large tree takes hours, and its plan could not be carried out.
        if (await messages.isOpen(pruneWorkflowId(settings.storage))) return { result: 'underWay' };
        const { text, leftOut } = await planPruning(
          {
            frontend,
            tree: prunable,
            atPulp: stores.pulp.prunable,
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
        if (summary.count + summary.finals === 0) return { result: 'nothing', leftOut: missed };
        const plan = await prunePlans.keep(text);
        log.info({ plan, leftOut: missed }, 'a plan was made');
        return { result: 'planned', plan, leftOut: missed };
      }),
  };
}

function refusal(why: string): string {
  return `nothing was pruned: ${why}; copr-prune-results --dry-run shows the plan, --force prunes regardless`;
}

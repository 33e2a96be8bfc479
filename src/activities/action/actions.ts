import { activityInfo } from '@temporalio/activity';
import type { StepActivities } from '../../contracts/activities.js';
import { storeOf } from '../../contracts/store-kind.js';
import { cutToFit } from '../../contracts/bounded-text.js';
import type { RequestedAction } from '../../ports/action/requested-action.js';
import { PortFailure } from '../../ports/port-failure.js';
import { planAction } from './plans/plan-action.js';
import { shortPlan } from './plans/short-plan.js';
import type { ActivityDependencies } from '../dependencies.js';
import { ownRun, requester } from '../requester.js';

/** A record that the frontend cannot serve, while it serves everything else, is set aside after this many attempts. */
const POISONED_ATTEMPTS = 12;
/** Largest comps file; Fedora's own has 1.5 MiB. */
const COMPS_BYTES = 16 * 1024 * 1024;

type Dependencies = Pick<
  ActivityDependencies,
  'frontend' | 'messages' | 'work' | 'plans' | 'projects' | 'stores' | 'settings' | 'observer' | 'log'
>;

/** Reads the frontend's actions and plans what they ask for. */
export function createActionActivities(
  deps: Dependencies,
): Pick<
  StepActivities,
  | 'beginAction'
  | 'requestRepositories'
  | 'requestListed'
  | 'requestLock'
  | 'installComps'
  | 'installModules'
  | 'finishAction'
> {
  const { frontend, messages, work, stores, settings, log } = deps;
  return {
    async beginAction({ actionId }) {
      try {
        const requested = await readRecord(actionId);
        await stores[requested.store].insist();
        const plan = planAction(requested, settings.doSign);
        if (plan.type === 'refused') return plan;
        const short = await shortPlan(actionId, plan, deps);
        if (short.type === 'nothing') log.info({ actionId, why: short.why }, 'action asks for nothing');
        return short;
      } catch (error) {
        if (!(error instanceof PortFailure) || error.retryable || error.code === 'FrontendRefused') throw error;
        return { type: 'refused', failure: { code: error.code, message: error.message } };
      }
    },

    async requestRepositories({ requests }) {
      for (const { requestId, repository, change } of requests) {
        await messages.requestChange(repository, { ...requester(requestId), change });
      }
    },

    async requestListed({ list, requests }) {
      const items = await work.read(list);
      for (const { requestId, index } of requests) {
        const item = items[index];
        if (item === undefined) throw new Error(`the list has no request ${index}`);
        await messages.requestChange(item.repository, { ...requester(requestId), change: item.change });
      }
    },

    async requestLock({ requestId, project, ...wanted }) {
      await messages.requestProjectWork(project, { ...requester(requestId), work: { kind: 'lock', ...wanted } });
    },

    async installComps({ repository, urlPath, ...where }) {
      const comps = urlPath === null ? null : await frontend.upload(urlPath, COMPS_BYTES);
      const isChanged = await stores[storeOf(where)].projects.installComps(repository, comps);
      // This action may itself have installed it, in an attempt that died before it could say so.
      return { needsPublication: isChanged || comps !== null || activityInfo().attempt > 1 };
    },

    async installModules({ modulemd, builds, requests, ...where }) {
      const { projects } = stores[storeOf(where)];
      const [document = ''] = await work.read(modulemd);
      const ids = await work.read(builds);
      for (const { repository } of await work.read(requests)) await projects.installModule(repository, document, ids);
    },

    async finishAction({ actionId, outcome }) {
      await frontend.reportAction(actionId, outcome);
      deps.observer.actionReported({ run: ownRun().runId, outcome });
      await work.discard(actionId);
      log.info({ actionId, outcome }, 'action ended');
      await messages.taskEnded('actions', { taskId: String(actionId), at: new Date().toISOString() });
    },
  };

  /**
   * A record on which the frontend fails again and again, though it answers otherwise, would hold a slot for ever. So
   * it is refused with the reason, and the others go on.
   */
  async function readRecord(actionId: number): Promise<RequestedAction> {
    try {
      return await frontend.action(actionId);
    } catch (error) {
      const isOften = activityInfo().attempt >= POISONED_ATTEMPTS;
      if (!isOften || !(error instanceof PortFailure) || error.code !== 'FrontendUnavailable') throw error;
      await frontend.pendingActions();
      const message = `the frontend answers, but not for this action's record, ${activityInfo().attempt} times: ${error.message}`;
      throw new PortFailure('TaskInvalid', cutToFit(message, 500), { cause: error });
    }
  }
}

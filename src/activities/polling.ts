import type { PollActivities } from '../contracts/activities.js';
import type { DispatchView, PollResult, TaskFacts } from '../contracts/dispatch.js';
import { actionWorkflowId, buildWorkflowId } from '../contracts/ids.js';
import { propose } from '../domain/poll-proposal.js';
import type { ActivityDependencies } from './dependencies.js';
import { pauseOrStop, withHeartbeat } from './heartbeating.js';

/** A poll that found nothing to record looks again for about this long before it returns. */
const IDLE_MS = 60_000;
/** Frontend's cancel requests are looked at this often (design §6: at most two seconds). */
const CANCEL_PAUSE_MS = 1500;
/** Cancel requests handed over at once; the rest is still there afterwards. */
const CANCEL_BATCH = 200;
/** Running tasks whose workflow is checked for being alive, per poll. */
const CHECKED_PER_POLL = 10;

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'messages' | 'settings' | 'observer' | 'trace' | 'log'>;

/** The dispatchers' eyes: they look and propose, they never start anything. */
export function createPollActivities(deps: Dependencies): PollActivities {
  const { frontend, messages, settings, observer } = deps;
  let checked = 0;

  return {
    pollTasks: ({ of, generation }) =>
      withHeartbeat(deps, async ({ signal }) => {
        const until = Date.now() + IDLE_MS;
        for (;;) {
          const view = await messages.dispatchView(of);
          if (view?.generation !== generation) return null;
          const result = await look(of, view, signal);
          if (result !== null || Date.now() >= until) return result;
          await pauseOrStop(settings.admission().pause * 1000, signal);
        }
      }),

    awaitCancelRequests: () =>
      withHeartbeat(deps, async ({ signal }) => {
        const until = Date.now() + 60 * IDLE_MS;
        while (Date.now() < until) {
          const requests = await frontend.cancelRequests(signal);
          if (requests.length > 0) return { taskIds: requests.slice(0, CANCEL_BATCH) };
          await pauseOrStop(CANCEL_PAUSE_MS, signal);
        }
        return { taskIds: [] };
      }),

    confirmCancelRequests: async ({ requests }) => {
      const failures: unknown[] = [];
      for (const { taskId, running } of requests) {
        try {
          await frontend.confirmCancel(taskId, running);
          deps.log.info({ taskId, running }, 'cancel request confirmed');
        } catch (error) {
          failures.push(error); // one that the frontend chokes on must not hold up the others
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };

  /** One look at the frontend; null when the dispatcher would learn nothing from it. */
  async function look(of: 'builds' | 'actions', view: DispatchView, signal: AbortSignal): Promise<PollResult | null> {
    const now = Date.now();
    const began = new Date(now).toISOString();
    observer.looking(of, settings.admission().pause);
    const listed = of === 'builds' ? await frontend.pendingBuilds(signal) : await frontend.pendingActions(signal);
    const { pause: sleeptime, ...all } = settings.admission();
    const limits = of === 'builds' ? all.builds : all.actions;
    if (of === 'builds') deps.trace.record({ began, listed, view, limits, pause: sleeptime });
    const lost = await lostTasks(of, view.running);
    const proposal = propose({ of, listed, view, lost, limits, now: Date.now() });
    observer.looked(of, { ordered: proposal.ordered, view, limits, began: now });
    if (!proposal.news) return null;
    const { candidates, forgotten } = proposal;
    const { durations, storage } = settings;
    return {
      ...{ began, knownEnd: view.lastEnd, listed: listed.length, candidates, forgotten, lost, limits },
      ...{ durations, pause: sleeptime, storage },
    };
  }

  /** A few running tasks per poll, in turn: has an operator terminated their workflow? */
  async function lostTasks(of: 'builds' | 'actions', running: readonly TaskFacts[]): Promise<readonly string[]> {
    const some = running.slice(checked, checked + CHECKED_PER_POLL);
    checked = checked + CHECKED_PER_POLL >= running.length ? 0 : checked + CHECKED_PER_POLL;
    const idOf = ({ taskId }: TaskFacts): string =>
      of === 'builds' ? buildWorkflowId(taskId) : actionWorkflowId(Number(taskId));
    const open = await Promise.all(some.map((task) => messages.isOpen(idOf(task))));
    return some.filter((_, index) => open[index] === false).map((task) => task.taskId);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import pMap, { pMapSkip } from 'p-map';
import type { PollActivities } from '../../contracts/activities.js';
import type { DispatcherName, DispatchView, PollResult, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { taskWorkflowId } from '../../contracts/names/ids.js';
import { limitsInForce, type LimitsInForce } from '../../domain/dispatch/limits-source.js';
import { propose } from '../../domain/dispatch/poll-proposal.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createPollLog } from './poll-log.js';
import { createRecordLook } from './record-look.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';

/** Shortest time between two looks of a process, in ms: freed slots must not flood the frontend with requests. */
const SHORTEST_PAUSE_MS = 500;
/** Running tasks whose workflow is checked per poll, to see whether it is still running. */
const CHECKED_PER_POLL = 10;
/** Descriptions requested in parallel, when a dispatcher without a memory learns what runs. */
const PARALLEL = 50;

type Dependencies = Pick<
  ActivityDependencies,
  'frontend' | 'messages' | 'settings' | 'observer' | 'trace' | 'poller' | 'log'
>;

/** The dispatchers' polls: they look and propose, and never start anything. */
export function createPollActivities(deps: Dependencies): Pick<PollActivities, 'pollTasks'> {
  const { frontend, messages, settings, observer, poller } = deps;
  const lastLook: Record<DispatcherName, number> = { builds: 0, actions: 0 };
  const checked: Record<DispatcherName, number> = { builds: 0, actions: 0 };
  const withoutRecord = createRecordLook(deps);
  const tell = createPollLog(deps.log);
  let foreign = '';

  return {
    pollTasks: ({ of }) =>
      withHeartbeat({ messages, remembersNothing: true }, async ({ signal }) => {
        const wait = lastLook[of] + SHORTEST_PAUSE_MS - performance.now();
        if (wait > 0) await sleep(wait, undefined, { signal });
        const view = await messages.dispatchView(of);
        if (view === null) return null;
        try {
          return await watchedLook(of, view, signal);
        } finally {
          lastLook[of] = performance.now();
        }
      }),
  };

  /** Tells the observer why a look failed, so that people can see it before the next one. */
  async function watchedLook(of: DispatcherName, view: DispatchView, signal: AbortSignal): Promise<PollResult | null> {
    const began = Date.now();
    try {
      return await look(of, view, signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof PortFailure ? error.code : 'BackendDefect';
      if (!signal.aborted) observer.lookFailed(of, { code, message, began });
      throw error;
    }
  }

  /** One look at the frontend; null if the dispatcher would learn nothing from it. */
  async function look(of: DispatcherName, view: DispatchView, signal: AbortSignal): Promise<PollResult | null> {
    const now = Date.now();
    const began = new Date(now).toISOString();
    const admission = settings.admission();
    observer.looking(of, admission.pause);
    const listed = of === 'builds' ? await frontend.pendingBuilds(signal) : await frontend.pendingActions(signal);
    const inForce = limitsInForce({
      own: admission[of],
      poller: poller.name,
      digest: admission.digest,
      known: view,
      isGone: poller.isGone,
      now,
      pause: admission.pause,
    });
    tellWhoseLimits(of, inForce);
    const { limits } = inForce;
    const pause = inForce.isForeign ? view.pause : admission.pause;
    const found = view.knowsWhatRuns ? null : await tasksThatRun(of, listed, signal);
    const lost = await lostTasks(of, view.running);
    const known = { ...view, running: [...view.running, ...(found ?? []).map(asRunning)] };
    const held = of === 'builds' ? await withoutRecord(listed, known, signal) : NOBODY;
    if (of === 'builds') deps.trace.record({ began, listed: without(listed, held), view, limits, pause });
    const proposal = propose({ of, listed, view: known, lost, held, limits, now: Date.now() });
    observer.looked(of, { ordered: proposal.ordered, view: known, limits, inactive: held, began: now });
    tell(of, { proposal, view: known, held, limits, now });
    if (!proposal.news && found === null && !inForce.isNews) return null;
    const { candidates, isCut, forgotten } = proposal;
    const { durations, storage } = inForce.isForeign ? view : settings;
    return {
      ...{ began, knownEnd: view.lastEnd, listed: listed.length, candidates, isCut },
      ...{ forgotten, lost, found },
      ...{ limits, limitsFrom: inForce.from, durations, pause, storage },
    };
  }

  /**
   * Checks a few running tasks per poll, in turn: an operator may have terminated their workflow. A task whose start
   * was never seen cannot be lost.
   */
  async function lostTasks(of: DispatcherName, running: DispatchView['running']): Promise<readonly string[]> {
    const started = running.filter(({ isStarted }) => isStarted);
    const first = checked[of];
    const some = started.slice(first, first + CHECKED_PER_POLL);
    checked[of] = first + CHECKED_PER_POLL >= started.length ? 0 : first + CHECKED_PER_POLL;
    const open = await Promise.all(some.map(({ taskId }) => messages.isOpen(taskWorkflowId(of, taskId))));
    return some.filter((_, index) => open[index] === false).map(({ taskId }) => taskId);
  }

  /** The listed tasks that have a running workflow; the server is asked for each one, because its lists lag. */
  async function tasksThatRun(
    of: DispatcherName,
    listed: readonly TaskFacts[],
    signal: AbortSignal,
  ): Promise<readonly TaskFacts[]> {
    const found = await pMap(
      listed,
      async (task) => {
        signal.throwIfAborted();
        return (await messages.isOpen(taskWorkflowId(of, task.taskId))) ? task : pMapSkip;
      },
      { concurrency: PARALLEL },
    );
    if (found.length > 0) deps.log.info({ of, running: found.length }, 'the dispatcher has learned what runs');
    return found;
  }

  /** Logged once, until it changes. */
  function tellWhoseLimits(of: DispatcherName, { isForeign, from }: LimitsInForce): void {
    const now = isForeign ? `${of} ${from.digest}` : '';
    if (now !== '' && now !== foreign) {
      deps.log.warn(
        { of, own: settings.admission().digest, inForce: from },
        'another poller has other limits, and those count: make the files alike, or run `copr-backend config adopt`',
      );
    }
    foreign = now;
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** The tasks without those held, which nobody could have started. */
function without(listed: readonly TaskFacts[], held: ReadonlySet<string>): readonly TaskFacts[] {
  return held.size === 0 ? listed : listed.filter(({ taskId }) => !held.has(taskId));
}

function asRunning(task: TaskFacts): DispatchView['running'][number] {
  return { ...task, isStarted: true };
}

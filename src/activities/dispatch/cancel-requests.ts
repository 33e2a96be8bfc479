import type { PollActivities } from '../../contracts/activities.js';
import type { ActivityDependencies } from '../dependencies.js';
import { pauseOrStop, withHeartbeat } from '../heartbeat.js';

/** Frontend's cancel requests are looked at this often (at most two seconds pass before one is seen). */
const PAUSE_MS = 1500;
/** Looks in vain before the dispatcher is told that it still watches. */
const LOOKS = 400;
/** Cancel requests handed over at once; the rest is still there afterwards. */
const BATCH = 200;

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'messages' | 'log'>;

/** What users of the frontend do not want any more. */
export function createCancelRequestActivities({
  frontend,
  messages,
  log,
}: Dependencies): Pick<PollActivities, 'awaitCancelRequests' | 'confirmCancelRequest'> {
  return {
    awaitCancelRequests: ({ inWork, once = false }) =>
      withHeartbeat({ messages, remembersNothing: true }, async ({ signal }) => {
        const known = new Set(inWork);
        for (let looks = 0; looks < LOOKS; looks += 1) {
          const listed = await frontend.cancelRequests(signal);
          const requests = listed.filter((taskId) => !known.has(taskId));
          if (requests.length > 0 || once) return { taskIds: requests.slice(0, BATCH) };
          // One that is gone is done: when it is listed again, it is another request.
          const still = new Set(listed);
          for (const taskId of known) if (!still.has(taskId)) known.delete(taskId);
          await pauseOrStop(PAUSE_MS, signal);
        }
        return { taskIds: [] };
      }),

    async confirmCancelRequest({ taskId }) {
      // The build may have done it as part of its end.
      if (!(await frontend.cancelRequests()).includes(taskId)) return;
      await frontend.confirmCancel(taskId, false);
      log.info({ taskId, running: false }, 'cancel request confirmed');
    },
  };
}

import type { PollActivities } from '../../contracts/activities.js';
import type { ActivityDependencies } from '../dependencies.js';
import { pauseOrStop, withHeartbeat } from '../heartbeat.js';
import { confirmCancel } from './cancel-confirmation.js';

/** Pause between looks at the frontend's cancel requests (one is seen within two seconds). */
const PAUSE_MS = 1500;
/** Looks without a request before the dispatcher is told that the watch goes on. */
const LOOKS = 400;
/** Maximum number of cancel requests passed on at once; the rest is still there afterwards. */
const BATCH = 200;

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'messages' | 'log'>;

/** Watches for tasks that users of the frontend have canceled. */
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
          // A request that has vanished is done: if it is listed again, it is another request.
          const still = new Set(listed);
          for (const taskId of known) if (!still.has(taskId)) known.delete(taskId);
          await pauseOrStop(PAUSE_MS, signal);
        }
        return { taskIds: [] };
      }),

    async confirmCancelRequest({ taskId }) {
      // The build may have confirmed it as part of its end.
      const cancelRequests = (): Promise<readonly string[]> => frontend.cancelRequests();
      await confirmCancel({ frontend, log, cancelRequests }, { taskId, running: false });
    },
  };
}

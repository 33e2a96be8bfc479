import type { WorkerOptions } from '@temporalio/worker';

export type QueueOptions = Pick<
  WorkerOptions,
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentActivityTaskPolls'
  | 'maxHeartbeatThrottleInterval'
  | 'shutdownGraceTime'
>;

/** Short work learns of a cancel with its next beat; there is little of it at a time, so the beats cost nothing. */
const SHORT_WORK_BEATS = '2s';

/**
 * Slots and grace of each queue of activities. A follower lets go at once: its build goes on and the next worker
 * re-attaches. Short work is given the time to finish, so that a report is not sent twice.
 */
export function queueOptions(slots: {
  readonly signParallel: number;
  readonly cores: number;
}): Readonly<Record<'poll' | 'follow' | 'steps' | 'sign' | 'publish', QueueOptions>> {
  const grace = { shutdownGraceTime: '30s' };
  return {
    // A frontend that lets every confirmation of a cancel hang keeps neither polls nor starts waiting (cancel-requests.ts).
    poll: { maxConcurrentActivityTaskExecutions: 250, maxConcurrentActivityTaskPolls: 3, shutdownGraceTime: 0 },
    follow: { maxConcurrentActivityTaskExecutions: 1100, maxConcurrentActivityTaskPolls: 4, shutdownGraceTime: 0 },
    steps: {
      maxConcurrentActivityTaskExecutions: 100,
      maxConcurrentActivityTaskPolls: 5,
      maxHeartbeatThrottleInterval: SHORT_WORK_BEATS,
      ...grace,
    },
    sign: { maxConcurrentActivityTaskExecutions: slots.signParallel, maxConcurrentActivityTaskPolls: 2, ...grace },
    publish: { maxConcurrentActivityTaskExecutions: slots.cores, maxConcurrentActivityTaskPolls: 2, ...grace },
  };
}

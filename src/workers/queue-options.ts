import type { WorkerOptions } from '@temporalio/worker';

export type QueueOptions = Pick<
  WorkerOptions,
  | 'maxConcurrentActivityTaskExecutions'
  | 'maxConcurrentActivityTaskPolls'
  | 'maxHeartbeatThrottleInterval'
  | 'shutdownGraceTime'
>;

/** Short activities learn of a cancel with their next beat; few run at a time, so the beats cost nothing. */
const SHORT_WORK_BEATS = '2s';

/**
 * Slots and shutdown grace of each queue of activities. A follower stops at once: its build goes on and the next worker
 * attaches again. Short activities get the time to finish, so that a report is not sent twice.
 */
export function queueOptions(slots: {
  readonly signParallel: number;
  readonly cores: number;
}): Readonly<Record<'poll' | 'follow' | 'steps' | 'sign' | 'publish', QueueOptions>> {
  const grace = { shutdownGraceTime: '30s' };
  return {
    // If a frontend lets every confirmation of a cancel hang, neither polls nor starts have to wait
    // (cancel-requests.ts).
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

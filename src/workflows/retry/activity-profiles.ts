import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { Durations } from '../../contracts/durations.js';

/** The limits of an activity, always complete: a partial set would give a time and silently drop the retry class. */
export type ActivityProfile = Required<
  Pick<ActivityOptions, 'startToCloseTimeout' | 'scheduleToCloseTimeout' | 'retry' | 'cancellationType'>
> &
  Pick<ActivityOptions, 'heartbeatTimeout'>;

export type ProfileName =
  | 'frontendCall'
  | 'shortFileWork'
  | 'waitForBuilder'
  | 'remoteCommand'
  | 'follow'
  | 'download'
  | 'sign'
  | 'longFileWork'
  | 'survey'
  | 'maintenance'
  | 'start'
  | 'look'
  | 'watch'
  | 'confirm';

const DAY = 86_400_000;

/**
 * The profiles by name (docs/technical-description.md has the table; a test pins the values). Waiting for an outside
 * system is limited to a month, not by attempts: an operator has time to repair it, and `status` says what is waited
 * for. Anything that ends sooner ends by the workflow's decision, on a failure that is not retryable.
 */
export function activityProfiles(durations: Durations): Readonly<Record<ProfileName, ActivityProfile>> {
  const heartbeatTimeout = durations.heartbeat * 1000;
  const retry = {
    initialInterval: durations.retryFirst * 1000,
    backoffCoefficient: 2,
    maximumInterval: durations.retryLongest * 1000,
    maximumAttempts: Number.POSITIVE_INFINITY,
  };
  const untilRepaired = { scheduleToCloseTimeout: 30 * DAY, retry };
  // Activities that poll the frontend anyway poll just as often while it is down: its return must be noticed.
  const often = (maximumInterval: number): Pick<ActivityProfile, 'retry'> => ({
    retry: { ...retry, maximumInterval: Math.min(maximumInterval, retry.maximumInterval) },
  });
  const once = { retry: { ...retry, maximumAttempts: 1 } };
  const finishCleanly = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED };
  const letGo = { cancellationType: ActivityCancellationType.TRY_CANCEL };
  return {
    /** Talks to the frontend; a report under way is finished, never half-sent. */
    frontendCall: { startToCloseTimeout: 300_000, ...untilRepaired, ...finishCleanly },
    /** Files and messages of our own. */
    shortFileWork: { startToCloseTimeout: 300_000, ...untilRepaired, ...finishCleanly },
    /** A ticket waits as long as the pool needs; a cancel closes it without waiting for this activity. */
    waitForBuilder: { startToCloseTimeout: 7 * DAY, ...untilRepaired, heartbeatTimeout, ...letGo },
    /** Commands on a builder; a cancel waits for their end, so that nothing starts after it unnoticed. */
    remoteCommand: { startToCloseTimeout: 900_000, ...untilRepaired, heartbeatTimeout, ...finishCleanly },
    /** Follows a log to its end, attaching again whenever a worker goes and another takes over. */
    follow: { startToCloseTimeout: 7 * DAY, ...untilRepaired, heartbeatTimeout, ...letGo },
    /** Each attempt has its own directory, so an abandoned one does no harm. */
    download: { startToCloseTimeout: 6 * 3_600_000, ...untilRepaired, heartbeatTimeout, ...letGo },
    sign: { startToCloseTimeout: 2 * 3_600_000, ...untilRepaired, heartbeatTimeout, ...letGo },
    longFileWork: { startToCloseTimeout: 2 * 3_600_000, ...untilRepaired, heartbeatTimeout, ...finishCleanly },
    /** Surveys a whole results tree; it writes only at its end, so an abandoned attempt does no harm. */
    survey: { startToCloseTimeout: DAY, ...untilRepaired, heartbeatTimeout, ...letGo },
    /** A round of a maintenance job; a cancel waits for its end, so that the next round does not overlap with it. */
    maintenance: { startToCloseTimeout: DAY, ...untilRepaired, heartbeatTimeout, ...finishCleanly },
    /** Starts workflows, and recognises those started by an earlier attempt. */
    start: { startToCloseTimeout: 600_000, ...untilRepaired, ...often(5000), heartbeatTimeout, ...letGo },
    /** One poll of the frontend; the dispatcher gets its result and polls again. */
    look: { startToCloseTimeout: 600_000, scheduleToCloseTimeout: 30 * DAY, ...once, heartbeatTimeout, ...letGo },
    /** Watches for cancel requests for some minutes at a time; a refusal by the frontend reaches the dispatcher. */
    watch: {
      startToCloseTimeout: 2 * 3_600_000,
      scheduleToCloseTimeout: 30 * DAY,
      ...once,
      heartbeatTimeout,
      ...letGo,
    },
    /** One cancel request; the dispatcher soon learns of one that the frontend does not take. */
    confirm: {
      startToCloseTimeout: 60_000,
      scheduleToCloseTimeout: 30 * DAY,
      retry: { ...retry, maximumAttempts: 3 },
      ...letGo,
    },
  };
}

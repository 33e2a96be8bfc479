import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { Durations } from '../../contracts/durations.js';

/** An activity's bounds, complete: a partial one would set a time and silently drop the retry class. */
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
  | 'start'
  | 'look'
  | 'watch'
  | 'confirm';

const DAY = 86_400_000;

/**
 * The profiles by name (docs/technical-description.md has the table; a test pins the values). Waiting for an outside
 * system is bounded by a month, not by attempts: an operator has time to repair it and `status` says what is waited
 * for. What ends sooner ends by the workflow's decision, on a failure that is not retryable.
 */
export function activityProfiles(durations: Durations): Readonly<Record<ProfileName, ActivityProfile>> {
  const heartbeatTimeout = durations.heartbeat * 1000;
  const retry = {
    initialInterval: durations.retryFirst * 1000,
    backoffCoefficient: 2,
    maximumInterval: durations.retryLongest * 1000,
    maximumAttempts: Number.POSITIVE_INFINITY,
  };
  const patience = { scheduleToCloseTimeout: 30 * DAY, retry };
  // What looks at the frontend in any case looks as often when it is down: its return must be noticed.
  const often = (maximumInterval: number): Pick<ActivityProfile, 'retry'> => ({
    retry: { ...retry, maximumInterval: Math.min(maximumInterval, retry.maximumInterval) },
  });
  const once = { retry: { ...retry, maximumAttempts: 1 } };
  const finishCleanly = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED };
  const letGo = { cancellationType: ActivityCancellationType.TRY_CANCEL };
  return {
    /** Talks to the frontend; a report under way is finished, never half-sent. */
    frontendCall: { startToCloseTimeout: 300_000, ...patience, ...finishCleanly },
    /** Files and messages of our own. */
    shortFileWork: { startToCloseTimeout: 300_000, ...patience, ...finishCleanly },
    /** A ticket waits as long as the pool needs; a cancel closes it without waiting for the waiter. */
    waitForBuilder: { startToCloseTimeout: 7 * DAY, ...patience, heartbeatTimeout, ...letGo },
    /** Commands on a builder; a cancel is waited for, so that nothing is started behind its back. */
    remoteCommand: { startToCloseTimeout: 900_000, ...patience, heartbeatTimeout, ...finishCleanly },
    /** Follows a log to its end, re-attaching as often as workers come and go. */
    follow: { startToCloseTimeout: 7 * DAY, ...patience, heartbeatTimeout, ...letGo },
    /** Each attempt has a directory of its own, so an abandoned one harms nobody. */
    download: { startToCloseTimeout: 6 * 3_600_000, ...patience, heartbeatTimeout, ...letGo },
    sign: { startToCloseTimeout: 2 * 3_600_000, ...patience, heartbeatTimeout, ...letGo },
    longFileWork: { startToCloseTimeout: 2 * 3_600_000, ...patience, heartbeatTimeout, ...finishCleanly },
    /** Looks at a whole results tree; nothing is written before its end, so an abandoned one harms nobody. */
    survey: { startToCloseTimeout: DAY, ...patience, heartbeatTimeout, ...letGo },
    /** Starts workflows, and recognises those that an earlier attempt started. */
    start: { startToCloseTimeout: 600_000, ...patience, ...often(5000), heartbeatTimeout, ...letGo },
    /** One look at the frontend; the dispatcher hears how it went and looks again. */
    look: { startToCloseTimeout: 600_000, scheduleToCloseTimeout: 30 * DAY, ...once, heartbeatTimeout, ...letGo },
    /** Watches for cancel requests for some minutes at a time; the dispatcher hears of a frontend that refuses. */
    watch: {
      startToCloseTimeout: 2 * 3_600_000,
      scheduleToCloseTimeout: 30 * DAY,
      ...once,
      heartbeatTimeout,
      ...letGo,
    },
    /** One cancel request; the dispatcher hears soon of one that the frontend chokes on. */
    confirm: {
      startToCloseTimeout: 60_000,
      scheduleToCloseTimeout: 30 * DAY,
      retry: { ...retry, maximumAttempts: 3 },
      ...letGo,
    },
  };
}

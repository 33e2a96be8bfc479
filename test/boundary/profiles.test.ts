import assert from 'node:assert/strict';
import { ActivityCancellationType } from '@temporalio/workflow';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import {
  activityProfiles,
  type ActivityProfile,
  type ProfileName,
} from '../../src/workflows/retry/activity-profiles.js';
import { PLACEMENT } from '../../src/workflows/retry/proxies.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const { WAIT_CANCELLATION_COMPLETED: FINISH, TRY_CANCEL: LET_GO } = ActivityCancellationType;

/** The table of docs/technical-description.md: one attempt, heartbeat, what a cancel does. */
const TABLE: Readonly<Record<ProfileName, readonly [number, number | undefined, ActivityCancellationType]>> = {
  frontendCall: [5 * MINUTE, undefined, FINISH],
  shortFileWork: [5 * MINUTE, undefined, FINISH],
  waitForBuilder: [7 * DAY, 30_000, LET_GO],
  remoteCommand: [15 * MINUTE, 30_000, FINISH],
  follow: [7 * DAY, 30_000, LET_GO],
  download: [6 * HOUR, 30_000, LET_GO],
  sign: [2 * HOUR, 30_000, LET_GO],
  longFileWork: [2 * HOUR, 30_000, FINISH],
  survey: [DAY, 30_000, LET_GO],
  maintenance: [DAY, 30_000, FINISH],
  start: [10 * MINUTE, 30_000, LET_GO],
  look: [10 * MINUTE, 30_000, LET_GO],
  watch: [2 * HOUR, 30_000, LET_GO],
  confirm: [MINUTE, undefined, LET_GO],
};

/** Activities that poll the frontend poll as often when it is down. */
const MAX_PAUSE: Partial<Record<ProfileName, number>> = { start: 5000 };

/** Activities that the dispatcher itself repeats, so that people see the failure. */
const ATTEMPTS: Partial<Record<ProfileName, number>> = { look: 1, watch: 1, confirm: 3 };

/** No activity without a heartbeat may run longer: nobody would notice that its worker is gone. */
const MAX_SILENT = 5 * MINUTE;

const profiles = activityProfiles(DEFAULT_DURATIONS);
const byName = Object.entries(profiles) as [ProfileName, ActivityProfile][];

describe('activityProfiles', () => {
  it('has the bounds that the documentation promises', () => {
    const found = byName.map(([name, { startToCloseTimeout, heartbeatTimeout, cancellationType }]) => [
      name,
      [startToCloseTimeout, heartbeatTimeout, cancellationType],
    ]);
    assert.deepEqual(Object.fromEntries(found), TABLE);
  });

  for (const [name, profile] of byName) {
    it(`${name} is complete: a bound for an attempt, one for all of them, a retry class`, () => {
      assert.equal(profile.scheduleToCloseTimeout, 30 * DAY);
      assert.ok(Number(profile.startToCloseTimeout) <= 30 * DAY);
      assert.deepEqual(profile.retry, {
        initialInterval: 1000,
        backoffCoefficient: 2,
        maximumInterval: MAX_PAUSE[name] ?? MINUTE,
        maximumAttempts: ATTEMPTS[name] ?? Number.POSITIVE_INFINITY,
      });
    });
  }

  it('has a heartbeat wherever an attempt is long', () => {
    for (const [name, { startToCloseTimeout, heartbeatTimeout }] of byName)
      assert.ok(Number(startToCloseTimeout) <= MAX_SILENT || heartbeatTimeout !== undefined, name);
  });

  it('lives by the durations it is given', () => {
    const { follow, remoteCommand } = activityProfiles({ ...DEFAULT_DURATIONS, heartbeat: 2, retryFirst: 0.5 });
    assert.deepEqual([follow.heartbeatTimeout, remoteCommand.heartbeatTimeout], [2000, 2000]);
    assert.equal(follow.retry.initialInterval, 500);
  });
});

describe('PLACEMENT', () => {
  it('uses every profile, and none that there is not', () => {
    const used = new Set<string>(Object.values(PLACEMENT).map(([profile]) => profile));
    assert.deepEqual(used, new Set(Object.keys(profiles)));
  });

  it('finishes a report that is under way, and stops what only waits', () => {
    const cancellation = (activity: keyof typeof PLACEMENT): ActivityCancellationType =>
      profiles[PLACEMENT[activity][0]].cancellationType;
    for (const activity of [
      'finishBuild',
      'finishAction',
      'beginBuild',
      'startRemoteBuild',
      'exchangeBuilder',
    ] as const)
      assert.equal(cancellation(activity), FINISH, activity);
    for (const activity of ['acquireBuilder', 'followBuild', 'pollTasks'] as const)
      assert.equal(cancellation(activity), LET_GO, activity);
  });
});

import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { POLL_QUEUE, storageQueues, WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { queueOptions } from '../../src/workers/queue-options.js';
import {
  activityProfiles,
  type ActivityProfile,
  type ProfileName,
} from '../../src/workflows/retry/activity-profiles.js';
import { PLACEMENT } from '../../src/workflows/retry/proxies.js';
import { codeList, markdownTable } from './markdown-table.js';

/** Placeholders for numbers that depend on a host; the table names them. */
const HOSTS_OWN = new Map<unknown, string>([
  [-1, '`sign_parallel`'],
  [-2, 'number of cores'],
]);

const PLACED = Object.entries(PLACEMENT);

/** Task queues with their activities, slots and the effect of SIGTERM on what runs there. */
export function queueTable(): string {
  const options = queueOptions({ signParallel: -1, cores: -2 });
  const queues = { poll: POLL_QUEUE, ...storageQueues('<storage>') };
  const sets = Object.keys(queues) as (keyof typeof queues)[];
  const rows = sets.map((set) => {
    const slots = options[set].maxConcurrentActivityTaskExecutions;
    const grace: unknown = options[set].shutdownGraceTime;
    return [
      `\`${queues[set]}\``,
      codeList(PLACED.filter(([, [, queue]]) => queue === set).map(([name]) => name)),
      HOSTS_OWN.get(slots) ?? String(slots),
      grace === 0 ? 'lets go at once' : `has ${String(grace)} to finish`,
    ];
  });
  const workflows = [`\`${WORKFLOW_QUEUE}\``, 'none: all workflows', "the SDK's", 'finishes its task'];
  return markdownTable(['queue', 'activities', 'slots per process', 'on SIGTERM'], [workflows, ...rows]);
}

/** The limits of an activity, by profile. */
export function profileTable(): string {
  const rows = Object.entries(activityProfiles(DEFAULT_DURATIONS)).map(([name, profile]) => [
    `\`${name}\``,
    codeList(PLACED.filter(([, [used]]) => used === (name as ProfileName)).map(([activity]) => activity)),
    duration(profile.startToCloseTimeout),
    profile.heartbeatTimeout === undefined ? 'none' : duration(profile.heartbeatTimeout),
    attempts(profile),
    profile.cancellationType === 'WAIT_CANCELLATION_COMPLETED' ? 'told, and waited for' : 'told, not waited for',
  ]);
  return markdownTable(['profile', 'activities', 'start-to-close', 'heartbeat', 'attempts', 'on a cancel'], rows);
}

function attempts({ retry }: ActivityProfile): string {
  const most = retry.maximumAttempts ?? Number.POSITIVE_INFINITY;
  if (most === 1) return 'one';
  const pauses = `${duration(retry.initialInterval)} to ${duration(retry.maximumInterval)} apart`;
  return Number.isFinite(most) ? `${most}, ${pauses}` : `any number, ${pauses}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** In the largest unit that gives a whole number. */
function duration(ms: unknown): string {
  if (typeof ms !== 'number') throw new TypeError(`no duration in ms: ${String(ms)}`);
  const [unit, size] = UNITS.find(([, length]) => ms % length === 0 && ms > length * 2 - 1) ?? UNITS[3];
  return `${ms / size} ${unit}`;
}

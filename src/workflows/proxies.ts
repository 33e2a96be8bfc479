import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities.js';
import type { Durations } from '../contracts/durations.js';
import { POLL_QUEUE, storageQueues } from '../contracts/task-queues.js';
import { activityProfiles, type ProfileName } from './activity-profiles.js';

/** Which profile an activity has and which queue carries it; every activity stands here exactly once. */
export const PLACEMENT = {
  pollTasks: ['look', 'poll'],
  startTasks: ['start', 'poll'],
  awaitCancelRequests: ['watch', 'poll'],
  confirmCancelRequest: ['confirm', 'poll'],
  beginBuild: ['report', 'work'],
  requestPrerequisites: ['local', 'work'],
  startRemoteBuild: ['remoteCommand', 'work'],
  downloadResults: ['download', 'work'],
  deliverResults: ['local', 'work'],
  finishBuild: ['report', 'work'],
  closeLog: ['local', 'work'],
  repeatReport: ['report', 'work'],
  releaseBuilder: ['remoteCommand', 'work'],
  beginAction: ['report', 'work'],
  requestRepositories: ['local', 'work'],
  requestListed: ['local', 'work'],
  requestKey: ['local', 'work'],
  requestTurn: ['local', 'work'],
  planResign: ['local', 'work'],
  purgeCopies: ['local', 'work'],
  installComps: ['report', 'work'],
  installModules: ['local', 'work'],
  renameProject: ['local', 'work'],
  finishAction: ['report', 'work'],
  requestPruning: ['publish', 'work'],
  reportFinalPrune: ['report', 'work'],
  acquireBuilder: ['waitForBuilder', 'follow'],
  exchangeBuilder: ['remoteCommand', 'follow'],
  followBuild: ['follow', 'follow'],
  keepForUser: ['follow', 'follow'],
  signResults: ['sign', 'sign'],
  ensureKey: ['sign', 'sign'],
  forkBuilds: ['publish', 'sign'],
  resignBuilds: ['publish', 'sign'],
  publishRepository: ['publish', 'publish'],
  operateRepository: ['publish', 'publish'],
  collectRepository: ['publish', 'publish'],
  openCopies: ['publish', 'publish'],
  branchBuilds: ['publish', 'publish'],
  discard: ['publish', 'publish'],
  emptyTrash: ['publish', 'publish'],
} as const satisfies Record<keyof Activities, readonly [ProfileName, 'poll' | 'work' | 'follow' | 'sign' | 'publish']>;

/** The activities as a workflow calls them: queue, bounds and retry class of each set, once and for all. */
export function activitiesFor(input: { readonly storage: string; readonly durations: Durations }): Activities {
  const profiles = activityProfiles(input.durations);
  const queues = { poll: POLL_QUEUE, ...storageQueues(input.storage) };
  const names = Object.keys(PLACEMENT) as (keyof Activities)[];
  const calls = names.map((name) => {
    const [profile, queue] = PLACEMENT[name];
    const options: ActivityOptions = { ...profiles[profile], taskQueue: queues[queue] };
    return [name, proxyActivities<Activities>(options)[name]] as const;
  });
  return Object.fromEntries(calls) as unknown as Activities;
}

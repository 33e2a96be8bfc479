import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { Durations } from '../../contracts/durations.js';
import { POLL_QUEUE, storageQueues } from '../../contracts/names/task-queues.js';
import { activityProfiles, type ProfileName } from './activity-profiles.js';

/** The profile and the queue of each activity; every activity is listed exactly once. */
export const PLACEMENT = {
  pollTasks: ['look', 'poll'],
  startTasks: ['start', 'poll'],
  awaitCancelRequests: ['watch', 'poll'],
  confirmCancelRequest: ['confirm', 'poll'],
  beginBuild: ['frontendCall', 'steps'],
  requestPrerequisites: ['shortFileWork', 'steps'],
  startRemoteBuild: ['remoteCommand', 'steps'],
  downloadResults: ['download', 'steps'],
  deliverResults: ['shortFileWork', 'steps'],
  finishBuild: ['frontendCall', 'steps'],
  closeLog: ['shortFileWork', 'steps'],
  repeatReport: ['frontendCall', 'steps'],
  releaseBuilder: ['remoteCommand', 'steps'],
  beginAction: ['frontendCall', 'steps'],
  requestRepositories: ['shortFileWork', 'steps'],
  requestListed: ['shortFileWork', 'steps'],
  requestKey: ['shortFileWork', 'steps'],
  requestLock: ['shortFileWork', 'steps'],
  planResign: ['shortFileWork', 'steps'],
  purgeCopies: ['shortFileWork', 'steps'],
  installComps: ['frontendCall', 'steps'],
  installModules: ['shortFileWork', 'steps'],
  renameProject: ['longFileWork', 'steps'],
  planStorageMove: ['longFileWork', 'steps'],
  routeProject: ['shortFileWork', 'steps'],
  announceStorage: ['frontendCall', 'steps'],
  finishAction: ['frontendCall', 'steps'],
  planPrune: ['survey', 'steps'],
  requestPruning: ['longFileWork', 'steps'],
  reportFinalPrune: ['frontendCall', 'steps'],
  runMaintenance: ['maintenance', 'steps'],
  acquireBuilder: ['waitForBuilder', 'follow'],
  exchangeBuilder: ['remoteCommand', 'follow'],
  followBuild: ['follow', 'follow'],
  keepForUser: ['follow', 'follow'],
  signResults: ['sign', 'sign'],
  ensureKey: ['sign', 'sign'],
  forkBuilds: ['longFileWork', 'sign'],
  resignBuilds: ['longFileWork', 'sign'],
  publishRepository: ['longFileWork', 'publish'],
  operateRepository: ['longFileWork', 'publish'],
  collectRepository: ['longFileWork', 'publish'],
  copyToPulp: ['longFileWork', 'publish'],
  openCopies: ['longFileWork', 'publish'],
  branchBuilds: ['longFileWork', 'publish'],
  discard: ['longFileWork', 'publish'],
  emptyTrash: ['longFileWork', 'publish'],
} as const satisfies Record<keyof Activities, readonly [ProfileName, 'poll' | 'steps' | 'follow' | 'sign' | 'publish']>;

/** The activities as workflows call them, with queue, limits and retry class of each set. */
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

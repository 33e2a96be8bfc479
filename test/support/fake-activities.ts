import { CompleteAsyncError, Context } from '@temporalio/activity';
import type { Activities } from '../../src/contracts/activities.js';
import type { Builder, BuildFacts } from '../../src/contracts/build/build.js';
import { NOTHING_COPIED } from '../../src/contracts/project/copies.js';
import type { Published } from '../../src/contracts/repository/repository.js';

/** Facts of an RPM build as the activities would derive them. */
export function givenFacts(changed: Partial<BuildFacts> = {}): BuildFacts {
  return {
    taskId: '7-custom-1-x86_64',
    kind: 'rpm',
    buildId: 7,
    owner: 'jdoe',
    project: 'hello',
    dirname: 'hello',
    chroot: 'custom-1-x86_64',
    targetDir: '00000007-hello',
    packageName: 'hello',
    packageVersion: '1.0-1',
    submitter: 'jdoe',
    tags: ['arch_x86_64', 'copr_builder'],
    sandbox: 'jdoe/hello--jdoe',
    timeout: 3600,
    usesDevelRepo: false,
    appstream: false,
    distributions: [],
    sign: true,
    userSsh: false,
    ...changed,
  };
}

/** The result of a publication. */
export function givenPublished(changed: Partial<Published> = {}): Published {
  return { packages: 1, revision: '1', changed: true, hold: null, collectAt: null, warnings: [], ...changed };
}

export const BUILDER: Builder = { ticket: 17, host: '127.0.0.1', name: 'builder_1', port: 2222, hostKey: null };

/** Waits until the activity is canceled or its worker ends; the passed promise may end it sooner. */
export function untilStopped<T = never>(sooner?: Promise<T>): Promise<T> {
  const stopped: Promise<never> = Context.current().cancelled;
  return sooner instanceof Promise ? Promise.race([sooner, stopped]) : stopped;
}

/**
 * Waits until the workflow cancels the activity, sending heartbeats meanwhile, because a cancel reaches only an
 * activity that does. Otherwise like `untilStopped`.
 */
export async function untilCanceled<T = never>(sooner?: Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 50);
  try {
    return await untilStopped(sooner);
  } finally {
    clearInterval(beat);
  }
}

/**
 * The same, but then its worker dies during the cancel: nothing more is heard of it, until the server has waited for
 * the longest permitted time between heartbeats.
 */
export async function untilDead<T>(sooner?: Promise<T>): Promise<T> {
  return untilCanceled(sooner).catch((error: unknown) => {
    throw Context.current().cancellationSignal.aborted ? new CompleteAsyncError() : error;
  });
}

/** Every call of a fake activity, in order. */
export type Recorded = { readonly name: keyof Activities; readonly input: unknown };

/** Activities that succeed, and record their calls. `overrides` replace single ones; they receive the real input. */
export function fakeActivities(overrides: Partial<Activities> = {}): {
  readonly activities: Activities;
  readonly calls: readonly Recorded[];
  readonly inputs: <N extends keyof Activities>(name: N) => readonly Parameters<Activities[N]>[0][];
} {
  const calls: Recorded[] = [];
  const facts = givenFacts();
  const good: Activities = {
    pollTasks: () => untilStopped(),
    awaitCancelRequests: () => untilStopped(),
    startTasks: ({ tasks }) =>
      Promise.resolve({ started: tasks.map(({ task }) => task.taskId), busy: [], refused: [] }),
    confirmCancelRequest: () => Promise.resolve(),
    beginBuild: () =>
      Promise.resolve({ start: true, facts, missing: { repository: false, key: false }, startedOn: 1_700_000_000 }),
    requestPrerequisites: () => Promise.resolve(),
    startRemoteBuild: () => Promise.resolve({ hostKey: 'ssh-ed25519 AAAA', logBase: 0, startedOn: 1_700_000_100 }),
    downloadResults: () => Promise.resolve({ built: true, staging: 'staged', packages: 2, released: true }),
    deliverResults: () => Promise.resolve(),
    finishBuild: () => Promise.resolve(),
    closeLog: () => Promise.resolve(),
    repeatReport: () => Promise.resolve('complete'),
    releaseBuilder: () => Promise.resolve(),
    beginAction: () =>
      Promise.resolve({ type: 'gen_gpg_key', project: { owner: 'jdoe', project: 'hello' }, sign: false }),
    requestRepositories: () => Promise.resolve(),
    requestListed: () => Promise.resolve(),
    requestKey: () => Promise.resolve(),
    requestLock: () => Promise.resolve(),
    planResign: () => Promise.resolve({ chroots: [{ chroot: 'custom-1-x86_64', builds: 1, devel: false }] }),
    purgeCopies: () => Promise.resolve(null),
    installComps: () => Promise.resolve({ needsPublication: true }),
    installModules: () => Promise.resolve(),
    renameProject: () => Promise.resolve({ dirnames: ['world'], isLast: true, requests: { items: [], file: null } }),
    planStorageMove: () => Promise.resolve({ chroots: [] }),
    routeProject: () => Promise.resolve(),
    announceStorage: () => Promise.resolve({ isKnown: true }),
    finishAction: () => Promise.resolve(),
    planPrune: () => Promise.resolve({ result: 'nothing', leftOut: 0 }),
    requestPruning: () =>
      Promise.resolve({ repository: null, asked: 0, gone: 0, kept: 0, unfinished: null, next: null }),
    reportFinalPrune: () => Promise.resolve({ finished: 0 }),
    runMaintenance: () => Promise.resolve({ summary: 'nothing to do', changed: 0, troubles: [] }),
    acquireBuilder: () => Promise.resolve(BUILDER),
    exchangeBuilder: ({ builder }) => Promise.resolve({ builder, givenBack: null }),
    keepForUser: () => Promise.resolve(),
    followBuild: () => Promise.resolve({ logBytes: 1234, timedOut: false }),
    signResults: () => Promise.resolve({ signed: 2, isKeyOutdated: false }),
    forkBuilds: () => Promise.resolve({ ...NOTHING_COPIED, copied: 1, next: null, absent: [], failures: [] }),
    resignBuilds: () =>
      Promise.resolve({ after: null, builds: 1, signed: 2, failed: 0, failures: [], isReplaced: true }),
    ensureKey: () => Promise.resolve(),
    copyToPulp: () => Promise.resolve({ after: null, packages: 1, bytes: 1 }),
    openCopies: () => Promise.resolve(),
    branchBuilds: () => Promise.resolve({ ...NOTHING_COPIED, copied: 1, next: null, absent: [], failures: [] }),
    discard: () => Promise.resolve({ removed: 0, done: true }),
    emptyTrash: () => Promise.resolve({ removed: 0, done: true }),
    publishRepository: () => Promise.resolve(givenPublished()),
    operateRepository: () => Promise.resolve(givenPublished()),
    collectRepository: () => Promise.resolve({ collectAt: null }),
    ...overrides,
  };
  const recorded = Object.fromEntries(
    Object.entries(good).map(([name, run]) => [
      name,
      (input: unknown): Promise<unknown> => {
        calls.push({ name: name as keyof Activities, input });
        return (run as (input: unknown) => Promise<unknown>)(input);
      },
    ]),
  ) as unknown as Activities;
  const inputs = <N extends keyof Activities>(wanted: N): readonly Parameters<Activities[N]>[0][] =>
    calls.filter(({ name }) => name === wanted).map(({ input }) => input as Parameters<Activities[N]>[0]);
  return { activities: recorded, calls, inputs };
}

import type { ActivityDependencies, ActivitySettings, PollerIdentity } from '../../src/activities/dependencies.js';
import { remoteCommand } from '../../src/adapters/ssh/quote.js';
import type { DispatchView } from '../../src/contracts/dispatch/dispatch.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import type { PackageStore } from '../../src/ports/package-store.js';
import type { BuildTask, PublicProject } from '../../src/ports/frontend.js';
import { BuilderUnreachable } from '../../src/ports/build/builder-unreachable.js';
import { givenPublished } from './fake-activities.js';
import { givenLimits } from './given-tasks.js';
import type { RemoteResult, RemoteSession } from '../../src/ports/build/remote-shell.js';

type Ports = Omit<ActivityDependencies, 'settings' | 'command' | 'poller' | 'stores'> &
  Pick<PackageStore, 'indexer' | 'packageCopies' | 'copies'>;
type Method<P extends keyof Ports> = keyof Ports[P] & string;
type Arguments<F> = F extends (...args: infer A) => unknown ? A : never;

/** The answers of the outside world that a test sets; all others are a success. */
export type World = { readonly [P in keyof Ports]?: Partial<Ports[P]> } & {
  readonly settings?: Partial<ActivitySettings>;
  readonly poller?: Partial<PollerIdentity>;
};

export type FakePorts = {
  readonly deps: ActivityDependencies;
  /** Every call of any port in order, as `port.method`. */
  readonly names: () => readonly string[];
  /** The arguments of every call of one method, in order. */
  readonly calls: <P extends keyof Ports, M extends Method<P>>(port: P, method: M) => readonly Arguments<Ports[P][M]>[];
  /** Text of every line noted in backend.log. */
  readonly notes: () => readonly string[];
};

/** The task record of an RPM build. */
export function givenBuildTask(changed: Partial<BuildTask> = {}): BuildTask {
  return {
    taskId: '7-custom-1-x86_64',
    buildId: 7,
    owner: 'jdoe',
    project: 'hello',
    dirname: 'hello',
    chroot: 'custom-1-x86_64',
    packageName: 'hello',
    packageVersion: '1.0-1',
    submitter: 'jdoe',
    sandbox: 'jdoe/hello--jdoe',
    tags: [],
    timeout: null,
    usesDevelRepo: false,
    appstream: false,
    storage: 0,
    sshPublicKeys: null,
    repos: [],
    distributionsInBuild: [],
    distributionsInProject: [],
    ...changed,
  };
}

/** A project that may be pruned. */
export function givenProject(changed: Partial<PublicProject> = {}): PublicProject {
  return {
    develMode: false,
    persistent: false,
    autoPrune: true,
    appstream: false,
    store: 'tree',
    chroots: [],
    ...changed,
  };
}

/** The poller that the fakes represent, and the digest of its configuration. */
export const POLLER = 'poller@host/1';
export const DIGEST = 'd1';

export function givenView(changed: Partial<DispatchView> = {}): DispatchView {
  return {
    knowsWhatRuns: true,
    running: [],
    tombstones: [],
    lastEnd: 0,
    reserve: [],
    limits: givenLimits(2),
    limitsFrom: { poller: POLLER, digest: DIGEST, at: new Date().toISOString() },
    ...{ durations: DEFAULT_DURATIONS, pause: 5, storage: 'main' },
    ...changed,
  };
}

/** Ports that succeed, with each call recorded. */
export function fakePorts(world: World = {}): FakePorts {
  const recorded: { readonly port: string; readonly method: string; readonly args: readonly unknown[] }[] = [];
  const good = goodDay();
  const ports = Object.fromEntries(
    Object.entries(good).map(([port, methods]) => {
      const all = { ...methods, ...world[port as keyof Ports] };
      const recording = Object.entries(all).map(([method, run]) => [
        method,
        (...args: readonly unknown[]): unknown => {
          recorded.push({ port, method, args });
          return (run as (...args: readonly unknown[]) => unknown)(...args);
        },
      ]);
      return [port, Object.fromEntries(recording)];
    }),
  ) as unknown as Ports;
  const calls: FakePorts['calls'] = (port, method) =>
    recorded
      .filter((call) => call.port === port && call.method === method)
      .map(({ args }) => args as Arguments<Ports[typeof port][typeof method]>);
  return {
    deps: {
      ...ports,
      stores: { tree: storeOf(ports), pulp: storeOf(ports) },
      command: remoteCommand,
      settings: { ...SETTINGS, ...world.settings },
      poller: { name: POLLER, isGone: () => false, ...world.poller },
    },
    names: () => recorded.map(({ port, method }) => `${port}.${method}`),
    calls,
    notes: () => calls('backendLog', 'note').flatMap(([, lines]) => lines),
  };
}

/** The same ports, with some of the results tree replaced. */
export function withTree(deps: ActivityDependencies, ports: Partial<PackageStore>): ActivityDependencies {
  return { ...deps, stores: { ...deps.stores, tree: { ...deps.stores.tree, ...ports } } };
}

/** The fakes do not differ by the store. */
function storeOf({ indexer, packageCopies, copies, projects, prunable }: Ports): PackageStore {
  const done = (): Promise<void> => Promise.resolve();
  const has = (): Promise<boolean> => Promise.resolve(false);
  return { indexer, packageCopies, copies, projects, prunable, insist: done, adopt: done, has, forget: done };
}

const SETTINGS: ActivitySettings = {
  frontendBaseUrl: 'http://frontend.test',
  resultsBaseurl: 'http://results.test',
  storage: 'main',
  doSign: true,
  gentlyGpgSha256: false,
  sha1: { isTaken: true },
  buildTimeout: 18_000,
  resultsMaxBytes: 1_000_000,
  admission: () => ({ builds: givenLimits(2), actions: givenLimits(2), pause: 5, digest: DIGEST }),
  durations: DEFAULT_DURATIONS,
};

function goodDay(): Ports {
  const done = (): Promise<void> => Promise.resolve();
  return {
    frontend: {
      pendingBuilds: () => Promise.resolve([]),
      pendingActions: () => Promise.resolve([]),
      cancelRequests: () => Promise.resolve([]),
      confirmCancel: done,
      buildTask: () => Promise.resolve(givenBuildTask()),
      startingBuild: () => Promise.resolve(true),
      reportBuild: done,
      action: (id) =>
        Promise.resolve({
          ...{ id, store: 'tree' },
          request: { type: 'generateKey', project: { owner: 'jdoe', project: 'hello' } },
        }),
      reportAction: done,
      project: () => Promise.resolve(givenProject()),
      pruneStates: () => Promise.resolve(new Map()),
      reportFinalPrune: done,
      changeStorage: () => Promise.resolve(true),
      upload: () => Promise.resolve(Buffer.from('<comps/>')),
    },
    trace: { record: () => undefined },
    pool: {
      take: () => Promise.resolve(17),
      collect: () => Promise.resolve({ state: 'ready', output: '10.0.3.7\n' }),
      close: done,
    },
    hosts: {
      failed: () => undefined,
      succeeded: () => undefined,
      suspicion: () => null,
      noOther: () => undefined,
      isWorthAsking: () => true,
      report: () => ({ pools: [], avoided: [] }),
    },
    shell: { connect: () => Promise.resolve(fakeBuilder().session) },
    rootShell: { connect: () => Promise.resolve(fakeBuilder().session) },
    sync: { download: () => Promise.resolve({ files: 0, bytes: 0 }) },
    buildDirectories: {
      prepare: done,
      writeBuildInfo: done,
      lastBuilder: () => Promise.resolve(null),
      refuseDeleted: done,
    },
    liveLogs: {
      begin: () => Promise.resolve(0),
      follow: () => Promise.reject(new Error('not in this test')),
      tail: () => Promise.resolve(''),
    },
    backendLog: {
      note: done,
      compressLogs: () => Promise.resolve([]),
      isCompressed: () => Promise.resolve(false),
    },
    stagingArea: {
      create: () => Promise.resolve('staged'),
      markDownloaded: done,
      findDownloaded: () => Promise.resolve(null),
      discard: done,
    },
    buildResults: {
      rpms: () => Promise.resolve([]),
      hasSuccess: () => Promise.resolve(true),
      readRpmResults: () => Promise.resolve({ packages: [] }),
      readSourceResults: () => Promise.reject(new Error('not in this test')),
      foreignRpms: () => Promise.resolve({ unreadable: [], unlisted: [] }),
      deliver: done,
      deliverForReading: done,
      withdraw: () => Promise.resolve(0),
    },
    projectKeys: {
      write: done,
      has: () => Promise.resolve(true),
      matches: () => Promise.resolve(true),
    },
    projectContents: {
      chroots: () => Promise.resolve([]),
      builds: () => Promise.resolve([]),
    },
    packageCopies: {
      copy: () => Promise.resolve({ staging: 'copied', bytes: 0 }),
      replace: done,
    },
    copies: {
      locate: () => Promise.resolve(new Map()),
      stage: ({ to }) =>
        Promise.resolve({
          state: 'staged',
          copy: { to, staging: 'copy', rpms: [], packageBytes: 0, bytes: 0, leftOut: [] },
        }),
      commit: (copies) => Promise.resolve(copies.map(() => ({ bytes: 0 }))),
      drop: done,
      dropUnfinished: done,
    },
    signer: {
      ensureKey: done,
      publicKey: ({ owner, project }) => Promise.resolve(`the public key of ${owner}/${project}`),
      sign: ({ packages }) => Promise.resolve(packages.flatMap(({ rpms }) => rpms).length),
      verify: done,
      lacking: () => Promise.resolve([]),
      unsign: done,
    },
    indexer: {
      exists: () => Promise.resolve(true),
      publish: () => Promise.resolve(givenPublished()),
      operate: () => Promise.resolve(givenPublished()),
      collect: () => Promise.resolve({ collectAt: null }),
    },
    plans: {
      shorten: (_, change) => Promise.resolve(change),
      read: () => Promise.reject(new Error('not in this test')),
    },
    prunable: {
      projects: () => Promise.resolve([]),
      chroots: () => Promise.resolve([]),
      survey: () => Promise.reject(new Error('not in this test')),
      surveyLogs: () => Promise.reject(new Error('not in this test')),
      removeOldLogs: done,
      sourceBuilds: () => Promise.resolve([]),
      removeSourceBuild: () => Promise.resolve('removed'),
    },
    prunePlans: {
      keep: () => Promise.reject(new Error('not in this test')),
      verify: done,
      part: () => Promise.resolve(null),
      finals: () => Promise.resolve([]),
    },
    storageMove: {
      survey: () => Promise.resolve([]),
      chroots: () => Promise.resolve([]),
      begin: done,
      route: done,
      redirect: done,
      copy: () => Promise.resolve({ after: null, packages: 0, bytes: 0 }),
      step: () => Promise.resolve(givenPublished()),
    },
    work: {
      list: (_, __, items) => Promise.resolve({ items, file: null }),
      file: (_, __, items) => Promise.resolve({ items, file: null }),
      read: (list) =>
        list.items === null ? Promise.reject(new Error('not in this test')) : Promise.resolve(list.items),
      discard: done,
    },
    projects: {
      exists: () => Promise.resolve(true),
      namesIn: () => Promise.resolve({ has: () => true }),
      rememberDeletion: done,
      deletedBy: () => Promise.resolve(null),
      renamedBy: () => Promise.resolve(null),
      rename: () => Promise.resolve([]),
      directories: () => Promise.resolve([]),
      recreate: done,
      installComps: () => Promise.resolve(true),
      installModule: done,
    },
    trash: {
      discard: () => Promise.resolve({ removed: 0, done: true }),
      list: () => Promise.resolve([]),
      restore: () => Promise.reject(new Error('not in this test')),
      empty: () => Promise.resolve({ removed: 0, done: true }),
    },
    messages: {
      dispatchView: () => Promise.resolve(givenView()),
      taskEnded: done,
      ticketTaken: done,
      storeUnavailable: done,
      requestChange: done,
      requestProjectWork: done,
      isOpen: () => Promise.resolve(true),
      silentForMs: () => 0,
    },
    starter: { start: ({ task }) => Promise.resolve({ taskId: task.taskId, is: 'started' }) },
    bus: { announce: done },
    contentNetwork: { purge: () => Promise.resolve(null) },
    forecast: { ask: () => undefined },
    observer: {
      looking: () => undefined,
      looked: () => undefined,
      lookFailed: () => undefined,
      buildReported: () => undefined,
      actionReported: () => undefined,
    },
    jobs: {},
    log: { info: () => undefined, warn: () => undefined },
  };
}

export const HOST_KEY = 'ssh-ed25519 AAAA';

export function unreachable(why = 'the connection broke', refused = false): BuilderUnreachable {
  return new BuilderUnreachable(why, { retryable: true, refused });
}

export type FakeBuilder = {
  readonly session: RemoteSession;
  /** Command lines that were run, in order. */
  readonly commands: readonly string[];
  /** How often copr-rpmbuild was started. */
  readonly starts: () => number;
  readonly isClosed: () => boolean;
};

/**
 * A builder that answers like copr-rpmbuild (docs/neighbours/builder.md#commands); `answers` are keyed by the beginning
 * of the command line.
 */
export function fakeBuilder(
  answers: Readonly<Record<string, Partial<RemoteResult>>> = {},
  live: Partial<Pick<RemoteSession, 'run' | 'stream'>> = {},
): FakeBuilder {
  const commands: string[] = [];
  let log = '';
  let closed = false;
  const usual: Readonly<Record<string, () => string>> = {
    'rpm -q copr-rpmbuild': () => '1.8\n',
    'copr-builder-ready': () => 'ready\n',
    'copr-rpmbuild ': () => '',
    'copr-rpmbuild-cancel': () => 'success\n',
    'head -c': () => log,
  };
  return {
    commands,
    starts: () => commands.filter((command) => command.startsWith('copr-rpmbuild ')).length,
    isClosed: () => closed,
    session: {
      hostKey: HOST_KEY,
      run: (command) => {
        commands.push(command);
        if (command.startsWith('copr-rpmbuild ')) log = `Running: ${command}\n`;
        const answer = Object.entries(answers).find(([beginning]) => command.startsWith(beginning))?.[1];
        const stdout = Object.entries(usual).find(([beginning]) => command.startsWith(beginning))?.[1]() ?? '';
        return Promise.resolve({ code: 0, signal: null, stdout, stderr: '', ...answer });
      },
      stream: () => Promise.resolve({ code: 0 }),
      close: () => {
        closed = true;
      },
      ...live,
    },
  };
}

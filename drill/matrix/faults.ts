import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldBuild } from './held-build.js';
import type { Rig } from './rig.js';
import type { Stage } from './stages.js';

/** Something that fails while builds are held, and is restored afterwards. */
export type Fault = {
  readonly name: string;
  readonly title: string;
  readonly hits: (stage: Stage) => boolean;
  /** A build may have to start over on another builder. */
  readonly costsBuilder: boolean;
  /**
   * Strikes, calls `letGo` at the worst moment, and resolves when the fault is over. Builds that are let go run into
   * the fault, as far as they can. The returned function is called once all builds are over.
   */
  readonly run: (rig: Rig, builds: readonly HeldBuild[], letGo: LetGo) => Promise<AfterAll>;
};

type LetGo = () => Promise<void>;

export type AfterAll = () => Promise<void>;

/** Longer than the heartbeat timeout (30 s) plus one beat. */
const ISOLATION_MS = 40_000;
const everywhere = (): boolean => true;
const nothing = (): Promise<void> => Promise.resolve();

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill',
    title: 'worker `kill -9`',
    hits: everywhere,
    costsBuilder: false,
    run: async ({ installation }: Rig, _builds: readonly HeldBuild[], letGo: LetGo): Promise<AfterAll> => {
      await installation.killAndAwaitRestart('worker', 'SIGKILL');
      await letGo();
      return nothing;
    },
  },
  {
    name: 'term',
    title: 'worker SIGTERM',
    hits: everywhere,
    costsBuilder: false,
    run: async ({ installation }: Rig, _builds: readonly HeldBuild[], letGo: LetGo): Promise<AfterAll> => {
      const said = installation.output.length;
      await installation.killAndAwaitRestart('worker', 'SIGTERM');
      // It lets its work settle and ends by itself; another signal would end it in the middle of its work.
      if (installation.output.slice(said).includes('worker ended (SIG')) throw new Error('the worker did not drain');
      await letGo();
      return nothing;
    },
  },
  {
    name: 'isolated',
    title: 'worker cut off from Temporal, another one there',
    hits: everywhere,
    costsBuilder: false,
    run: async (rig: Rig, builds: readonly HeldBuild[], letGo: LetGo): Promise<AfterAll> => {
      rig.network.isolate();
      const until = Date.now() + ISOLATION_MS;
      const stopSecond = await rig.startSecondWorker();
      try {
        await sleep(Math.max(0, until - Date.now()));
        await letGo();
        await rig.installation.until('no build moves without the isolated worker', () => all(builds, canOnlyWait));
      } catch (error) {
        await stopSecond();
        throw error;
      } finally {
        rig.network.heal();
      }
      return stopSecond;
    },
  },
  {
    name: 'temporal',
    title: 'Temporal `kill -9`',
    hits: everywhere,
    costsBuilder: false,
    run: async ({ installation }: Rig, _builds: readonly HeldBuild[], letGo: LetGo): Promise<AfterAll> => {
      await installation.killAndAwaitRestart('temporal', 'SIGKILL');
      await letGo();
      return nothing;
    },
  },
  outage({
    name: 'frontend',
    title: 'frontend down',
    begin: ({ frontend }) => frontend.vanish(),
    end: ({ frontend }) => frontend.comeBack(),
  }),
  outage({
    name: 'resalloc',
    title: 'Resalloc down',
    begin: ({ resalloc }) => resalloc.vanish(),
    end: ({ resalloc }) => resalloc.comeBack(),
  }),
  {
    name: 'builder',
    title: 'builder dead',
    hits: ({ hasBuilder }) => hasBuilder,
    costsBuilder: true,
    run: async ({ installation }: Rig, builds: readonly HeldBuild[], letGo: LetGo): Promise<AfterAll> => {
      const names = builds.map((build) => build.tickets().at(-1)?.builder);
      for (const { name, pid } of installation.builders()) if (names.includes(name)) process.kill(pid, 'SIGKILL');
      await letGo();
      return nothing;
    },
  },
  outage({
    name: 'disk',
    title: 'results disk full',
    begin: ({ disk }) => disk.fill(),
    end: ({ disk }) => disk.free(),
  }),
];

/** Something is unavailable until every build has ended or has tried in vain to continue. */
function outage(of: {
  readonly name: string;
  readonly title: string;
  readonly begin: (rig: Rig) => void | Promise<void>;
  readonly end: (rig: Rig) => void | Promise<void>;
}): Fault {
  return {
    ...{ name: of.name, title: of.title, hits: everywhere, costsBuilder: false },
    run: async (rig: Rig, builds: readonly HeldBuild[], letGo: LetGo): Promise<AfterAll> => {
      await of.begin(rig);
      try {
        await letGo();
        await rig.installation.until('all builds wait or are over', () =>
          all(builds, (build) => build.isStuckOrOver()),
        );
      } finally {
        await of.end(rig);
      }
      return nothing;
    },
  };
}

/** Over, or in an activity that no other worker may have yet: a short one without a heartbeat. */
async function canOnlyWait(build: HeldBuild): Promise<boolean> {
  if (await build.hasEnded()) return true;
  const unhurried = ['beginBuild', 'requestPrerequisites', 'deliverResults', 'finishBuild'];
  return (await build.pending()).some(({ activity }) => unhurried.includes(activity));
}

async function all(builds: readonly HeldBuild[], holds: (build: HeldBuild) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(builds.map(holds))).every(Boolean);
}

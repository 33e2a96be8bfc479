import { openInstallation } from '../../bench/installation/installation.js';
import { until } from '../../bench/installation/wait.js';
import type { BenchRun } from '../../bench/subcommand.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import type { BuildStage } from '../../src/contracts/build/build.js';
import { openTickets } from '../storm/collect.js';
import { withCompiledBuilders } from '../storm/compiled-builders.js';
import { packagesNeeded, seedStorm, type Seeded } from '../storm/seed.js';
import type { Scene } from '../storm/storm.js';
import type { StormBuild } from '../storm/storm-build.js';
import { rpmTaskOf } from '../storm/users.js';

/** Programs of the worker that are held, to keep builds in a stage. */
const PROGRAMS = ['gpg', 'createrepo_c'];
const REPOSITORIES = 4;
const PATIENCE_SECONDS = 300;
/** Longer than usual, because many are asked at once. */
const ANSWER_MS = 15_000;
const LOOK_MS = 300;
/** Nobody logs in with it. */
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2qE0yqzG4qkQF0sQw3mZ5pX1cYh0h0Vd0x3o3b8J9k drill@localhost';

/** A whole installation without faults, whose builds can be kept in a stage. */
export type CancelScene = Scene & {
  /** Builds that run at once; as many again are admitted and wait for a builder. */
  readonly atOnce: number;
  refusedForEver: string | null;
  /** Submits builds; the owner of a kept one may log in to its builder. */
  readonly submit: (count: number, isKept?: boolean) => Promise<readonly StormBuild[]>;
  /** The stage of a build's workflow; null: there is no workflow that answers. */
  readonly stageOf: (build: StormBuild) => Promise<BuildStage | null>;
  /** Resolves when it is true; throws if that takes minutes. */
  readonly until: (what: string, isTrue: () => Promise<boolean>) => Promise<void>;
  /** Resolves when all submitted builds have ended and no ticket is open. */
  readonly settled: () => Promise<void>;
};

/** An installation with `atOnce` builders; each of its repositories has been published once. */
export async function openCancelScene(
  run: BenchRun,
  wanted: { readonly atOnce: number; readonly builds: number; readonly keep: boolean },
): Promise<CancelScene> {
  const { atOnce } = wanted;
  const size = { builds: REPOSITORIES + wanted.builds };
  const prepared: Seeded[] = [];
  const most = 2 * atOnce;
  const installation = await openInstallation(run, {
    ...{ builders: atOnce, packages: packagesNeeded(size), programs: PROGRAMS, keep: wanted.keep },
    limits: {
      ...{ builds_max_workers: most, builds_max_workers_owner: most, builds_max_workers_sandbox: most },
      builds_max_userssh: most,
    },
    adapt: (services) => services.map((service) => withCompiledBuilders(service, run.root)),
    prepare: (directory) => {
      prepared.push(seedStorm(directory, { repositories: REPOSITORIES, owners: 2, hot: 1, seeded: REPOSITORIES }));
    },
  });
  const [seeded] = prepared;
  if (seeded === undefined) throw new Error('the frontend was not seeded');
  const { frontend, client } = installation;
  const builds = new Map<number, StormBuild>();
  const add = (id: number, repository: StormBuild['repository']): StormBuild => {
    const build: StormBuild = { id, repository, script: 'succeeds', hasSources: false, canceledIn: null };
    builds.set(id, build);
    return build;
  };
  for (const { id, repository } of seeded.builds) add(id, repository);
  const scene: CancelScene = {
    ...{ installation, size, seeded, builds, atOnce, frontendUrl: installation.addresses.frontendUrl },
    ...{ refusedCancels: new Set<string>(), refusedForEver: null },
    submit: async (count, isKept = false) => {
      const submitted: StormBuild[] = [];
      for (let n = 0; n < count; n += 1) {
        const former = seeded.builds[n % seeded.builds.length];
        if (former === undefined) throw new Error('there is nothing to build again');
        const { id } = await frontend.rebuild(String(former.id), isKept ? KEY : undefined);
        submitted.push(add(id, former.repository));
      }
      return submitted;
    },
    stageOf: async (build) => {
      try {
        const handle = client.workflow.getHandle(buildWorkflowId(rpmTaskOf(build)));
        return (await client.withDeadline(Date.now() + ANSWER_MS, () => handle.query(buildStatusQuery))).stage;
      } catch {
        return null; // not started yet
      }
    },
    until: (what, isTrue) => until(run, installation, { what, seconds: PATIENCE_SECONDS, everyMs: LOOK_MS, isTrue }),
    settled: () =>
      scene.until('all builds have ended', async () => {
        const views = await frontend.builds();
        const open = views.filter(
          (view) => builds.has(view.id) && !view.over && rpmTaskOf(view) !== scene.refusedForEver,
        );
        return open.length === 0 && (await openTickets(scene)).length === 0;
      }),
  };
  await scene.settled();
  return scene;
}

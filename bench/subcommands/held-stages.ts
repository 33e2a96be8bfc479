import { statSync } from 'node:fs';
import { join } from 'node:path';
import { machineChroot } from '../../playground/frontend/projects.js';
import { createResalloc } from '../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import type { CallFilter } from '../installation/frontend-tap.js';
import { buildersUp, type Installation } from '../installation/installation.js';
import { until } from '../installation/wait.js';
import { PROJECT, submitSources } from '../installation/warm-up.js';
import { PACKAGE } from '../stand-ins/prepared-packages.js';
import type { BenchRun } from '../subcommand.js';

/** Stages in which the bench can hold a build, in their order; named as in `status`. */
export const HELD_STAGES = [
  'preparing',
  'waitingForRepository',
  'waitingForBuilder',
  'starting',
  'building',
  'downloading',
  'signing',
  'publishing',
  'reporting',
] as const;
export type HeldStage = (typeof HELD_STAGES)[number];

/** Programs of the worker with which some stages are held. */
export const HELD_PROGRAMS = ['createrepo_c', 'rpmsign', 'rsync'] as const;

/** A build that stays in a stage until it is released. */
export type HeldBuild = {
  readonly buildId: number;
  readonly taskId: string;
  readonly workflowId: string;
  readonly release: () => Promise<void>;
};

type Held = { readonly release: () => Promise<void>; readonly isHeld: (taskId: string) => boolean };
const LONG_BUILD_SECONDS = 3600;
const TERMINAL: readonly (number | null)[] = [0, 1, 2];

/** Brings a new build into a stage; `first` is the build whose sources are built again. */
export async function holdBuild(
  run: BenchRun,
  installation: Installation,
  input: { readonly stage: HeldStage; readonly first: number; readonly sample: number },
): Promise<HeldBuild> {
  const { stage } = input;
  const { frontend } = installation;
  await until(run, installation, {
    ...{ what: 'a builder is free', seconds: 60 },
    isTrue: () => buildersUp(installation) > 0,
  });
  const { release, isHeld } = await hold(run, installation, stage);
  // Only the first build of a project waits for a repository.
  const project = { owner: PROJECT.owner, project: `fresh-${input.sample}` };
  const { id } =
    stage === 'waitingForRepository'
      ? { id: await submitSources(installation, project) }
      : await frontend.rebuild(String(input.first));
  const taskId = `${id}-${machineChroot()}`;
  const workflowId = buildWorkflowId(taskId);
  await until(run, installation, {
    what: `build ${id} is in the stage ${stage}`,
    seconds: 120,
    isTrue: async () => isHeld(taskId) && (await stageOf(installation, workflowId)) === stage && isFollowed(stage, id),
  });
  return { buildId: id, taskId, workflowId, release };

  /** The stage begins before the log flows. */
  function isFollowed(of: HeldStage, buildId: number): boolean {
    return of !== 'building' || liveLogBytes(installation, buildId) > 0;
  }
}

/** Size of a build's live log; 0 while there is none. */
export function liveLogBytes(installation: Installation, buildId: number): number {
  const { owner, project } = PROJECT;
  const build = targetDirectory({ buildId, packageName: PACKAGE });
  const directory = join(installation.directory.results, owner, project, machineChroot(), build);
  return statSync(join(directory, 'builder-live.log'), { throwIfNoEntry: false })?.size ?? 0;
}

async function stageOf(installation: Installation, workflowId: string): Promise<string | null> {
  try {
    const status = await installation.client.workflow.getHandle(workflowId).query(buildStatusQuery);
    return status.stage;
  } catch {
    return null; // not started yet
  }
}

async function hold(run: BenchRun, installation: Installation, stage: HeldStage): Promise<Held> {
  installation.setBuildSeconds(stage === 'building' ? LONG_BUILD_SECONDS : 0);
  switch (stage) {
    case 'preparing':
      return holdCalls(installation, ({ path }) => path === '/backend/starting_build');
    case 'starting':
      // A call that a builder makes before copr-rpmbuild answers that it has started.
      return holdCalls(installation, ({ fromBuilder, path }) => fromBuilder && path.startsWith('/backend/get-build-'));
    case 'reporting':
      return holdCalls(
        installation,
        ({ path, taskId, status }) => path === '/backend/update' && taskId !== null && TERMINAL.includes(status),
      );
    case 'waitingForBuilder':
      return holdBuilders(run, installation);
    case 'building':
      return { release: () => Promise.resolve(), isHeld: () => true };
    case 'downloading':
      return holdProgram(installation, 'rsync', true);
    case 'signing':
      return holdProgram(installation, 'rpmsign', true);
    case 'waitingForRepository':
      return holdProgram(installation, 'createrepo_c', false);
    case 'publishing':
      return holdProgram(installation, 'createrepo_c', true);
  }
}

function holdCalls(installation: Installation, filter: CallFilter): Held {
  const held = installation.tap.hold((call) => call.taskId?.includes('-') === true && filter(call));
  return {
    isHeld: (taskId) => held.held.has(taskId),
    release: () => {
      held.release();
      return Promise.resolve();
    },
  };
}

/** `visible`: the program has begun by the time the stage counts as reached. */
function holdProgram(installation: Installation, program: (typeof HELD_PROGRAMS)[number], visible: boolean): Held {
  const before = installation.programs.runs(program);
  const release = installation.programs.hold(program);
  return {
    isHeld: () => !visible || installation.programs.runs(program) > before,
    release: () => {
      release();
      return Promise.resolve();
    },
  };
}

/** Takes every builder of the pool with the bench's own tickets. */
async function holdBuilders(run: BenchRun, installation: Installation): Promise<Held> {
  const pool = createResalloc({ url: installation.addresses.poolUrl });
  const tickets: number[] = [];
  while (tickets.length < buildersUp(installation)) {
    tickets.push(await pool.take({ tags: ['copr_builder'], sandbox: 'bench' }));
  }
  await until(run, installation, {
    what: 'the bench has all builders',
    seconds: 30,
    isTrue: async () => {
      const states = await Promise.all(tickets.map((ticket) => pool.collect(ticket)));
      return states.every(({ state }) => state === 'ready');
    },
  });
  return {
    isHeld: () => true,
    release: async () => {
      for (const ticket of tickets.splice(0)) await pool.close(ticket);
    },
  };
}

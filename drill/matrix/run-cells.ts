import type { Hold } from '../../test/support/hold.js';
import { stagedPackage, STEPS } from '../../test/support/staged-package.js';
import { readBuildFacts, type BuildFacts } from './build-facts.js';
import type { Fault } from './faults.js';
import { HeldBuild } from './held-build.js';
import type { Rig } from './rig.js';
import { stepsToSkip, type Stage } from './stages.js';
import { problemsOf, strayProcesses } from './verdict.js';

/** How one cell ended. */
export type CellOutcome = {
  readonly stage: string;
  readonly fault: string;
  /** Empty: as without the fault. */
  readonly problems: readonly string[];
  /** How long the fault lasted, and the time from its end to the end of the build. */
  readonly faultSeconds: number;
  readonly recoverySeconds: number;
  /** copr-rpmbuild ran again on another builder. */
  readonly anotherBuilder: boolean;
};

const HELD_SECONDS = 240;
/** After five minutes another worker gets a short activity without a heartbeat. */
const OVER_SECONDS = 480;

type Missing = { readonly build: HeldBuild; readonly why: string };
type Held = { readonly stage: Stage | null; readonly build: HeldBuild; readonly hold: Hold | null };

/** Runs a build without any fault; its results are the reference. */
export async function runReference(rig: Rig): Promise<BuildFacts> {
  const held = await prepare(rig, 'reference', null);
  try {
    await rig.installation.until('the reference build is over', () => held.build.hasEnded(), HELD_SECONDS);
    const problems = await problemsOf(rig, held.build, { reference: null, mayCostBuilder: false });
    if (problems.length > 0) throw new Error(`without any fault: ${problems.join('; ')}`);
    return await readBuildFacts(held.build);
  } finally {
    await held.build.staged.remove();
  }
}

/** Holds one build at each of the stages, applies the fault to all of them at once, and checks the results. */
export async function runCells(
  rig: Rig,
  fault: Fault,
  stages: readonly Stage[],
  context: { readonly reference: BuildFacts; readonly say: (line: string) => void },
): Promise<readonly CellOutcome[]> {
  const { say } = context;
  const group = `${fault.name}: ${stages.length} build${stages.length === 1 ? '' : 's'}`;
  const held = await Promise.all(stages.map((stage) => prepare(rig, `${fault.name}-${stage.name}`, stage)));
  const builds = held.map(({ build }) => build);
  try {
    const missing: Missing[] = [];
    for (const wave of [1, 2, 3]) {
      const its = held.filter(({ stage }) => waveOf(stage) === wave);
      if (wave > 1) await Promise.all(its.map(({ build }) => build.staged.letGo(...STEPS)));
      missing.push(...(await allHeld(rig, its)));
    }
    say(`${group} held; the fault strikes`);
    const struck = Date.now();
    const afterAll = await fault.run(rig, builds, () => letGo(held));
    const healed = Date.now();
    say(`${group} hit, over after ${seconds(struck, healed)} s`);
    const ends = new Map<HeldBuild, number>();
    const isOver = async (build: HeldBuild): Promise<boolean> => {
      if (!ends.has(build) && (await build.hasEnded())) ends.set(build, Date.now());
      return ends.has(build);
    };
    const stillOpen: string[] = [];
    await rig.installation
      .until('all builds are over', async () => (await Promise.all(builds.map(isOver))).every(Boolean), OVER_SECONDS)
      .catch(() => stillOpen.push(...builds.filter((build) => !ends.has(build)).map(({ project }) => project)));
    await afterAll();
    const strays = await left(rig);
    const outcomes: CellOutcome[] = [];
    for (const { stage, build } of held) {
      const problems = await problemsOf(rig, build, {
        reference: context.reference,
        mayCostBuilder: fault.costsBuilder,
      });
      outcomes.push({
        stage: stage?.name ?? '',
        fault: fault.name,
        problems: [
          ...(stillOpen.includes(build.project) ? [`not over ${OVER_SECONDS} s after the fault`] : []),
          ...missing.filter((one) => one.build === build).map(({ why }) => why),
          ...problems,
          ...strays.map((line) => `left running: ${line}`),
        ],
        faultSeconds: seconds(struck, healed),
        recoverySeconds: seconds(healed, ends.get(build) ?? Date.now()),
        anotherBuilder: rig.installation.starts(build.task) > 1,
      });
    }
    return outcomes;
  } finally {
    await letGo(held);
    for (const build of builds) await build.staged.remove();
  }
}

async function prepare(rig: Rig, project: string, stage: Stage | null): Promise<Held> {
  const staged = await stagedPackage();
  // A build of a later wave waits on its builder for its turn.
  if (waveOf(stage) === 1) await staged.letGo(...stepsToSkip(stage));
  const build = new HeldBuild(rig, project, staged);
  const hold = (await stage?.hold(rig, build)) ?? null;
  await build.submit();
  return { stage, build, hold };
}

function waveOf(stage: Stage | null): number {
  return stage?.wave ?? 1;
}

async function letGo(held: readonly Held[]): Promise<void> {
  for (const { hold } of held) await hold?.release();
}

/** Waits until all are held; resolves with those that did not get there, and where they are instead. */
async function allHeld(rig: Rig, held: readonly Held[]): Promise<readonly Missing[]> {
  const missing = (): readonly Held[] => held.filter(({ hold }) => hold?.isReached() === false);
  await rig.installation
    .until('every build is held', () => missing().length === 0, HELD_SECONDS)
    .catch(() => undefined);
  return Promise.all(
    missing().map(async ({ build }) => ({ build, why: `it did not get there: ${await build.whereabouts()}` })),
  );
}

/** The processes that still run a moment after everything is over. */
async function left(rig: Rig): Promise<readonly string[]> {
  await rig.installation.until('no program runs', () => strayProcesses(rig).length === 0, 15).catch(() => undefined);
  return strayProcesses(rig);
}

function seconds(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 1000));
}

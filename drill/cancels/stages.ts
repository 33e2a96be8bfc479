import proto from '@temporalio/proto';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import type { BuildStage } from '../../src/contracts/build/build.js';
import { ARCHIVE } from '../storm/seed.js';
import type { StormBuild } from '../storm/storm-build.js';
import { rpmTaskOf } from '../storm/users.js';
import type { CancelScene } from './scene.js';

const { EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: CANCEL_REQUESTED } = proto.temporal.api.enums.v1.EventType;
/** Nobody waits for the end of such a build. */
const LONG_SECONDS = 3600;

/** A cancel of one build: when its user requested it, in ms since 1970, and in which stage. */
export type Cancel = { readonly build: StormBuild; readonly stage: string; readonly at: number };

/** Some builds wait in the queue, some wait for a builder, and some are built; all of them are canceled at once. */
export async function cancelEarly(scene: CancelScene): Promise<readonly Cancel[]> {
  const { installation, atOnce } = scene;
  installation.setBuildSeconds(LONG_SECONDS);
  const builds = await scene.submit(3 * atOnce);
  const places = await untilPlaced(scene, builds, { waiting: atOnce, starting: atOnce, building: atOnce });
  const cancels = await cancelAll(scene, builds, (build) => places.get(build) ?? 'unknown');
  await scene.settled();
  installation.setBuildSeconds(0);
  return cancels;
}

/** Builds are over, and their builders are kept for their users. */
export async function cancelKept(scene: CancelScene): Promise<readonly Cancel[]> {
  const builds = await scene.submit(scene.atOnce, true);
  await untilAllAre(scene, builds, 'keptForUser');
  const cancels = await cancelAll(scene, builds, () => 'kept for its user');
  await scene.settled();
  return cancels;
}

/** While packages are being signed: the cancel is in time, so gpg continues only when all have ended. */
export async function cancelSigning(scene: CancelScene): Promise<readonly Cancel[]> {
  const release = scene.installation.programs.hold('gpg');
  try {
    const builds = await scene.submit(scene.atOnce);
    await untilAllAre(scene, builds, 'signing');
    const cancels = await cancelAll(scene, builds, () => 'signing');
    await scene.settled();
    return cancels;
  } finally {
    release();
  }
}

/**
 * While packages are in place and become public: the cancel is too late, so createrepo_c continues once each workflow
 * knows of its cancel.
 */
export async function cancelPublishing(scene: CancelScene): Promise<readonly Cancel[]> {
  const release = scene.installation.programs.hold('createrepo_c');
  try {
    const builds = await scene.submit(scene.atOnce);
    await untilAllAre(scene, builds, 'publishing');
    const cancels = await cancelAll(scene, builds, () => 'publishing');
    await scene.until('each workflow knows of its cancel', async () =>
      (await Promise.all(builds.map((build) => isAsked(scene, build)))).every(Boolean),
    );
    release();
    await scene.settled();
    return cancels;
  } finally {
    release();
  }
}

/** A waiting build whose cancel the frontend never accepts, from now on. */
export async function refuseOne(scene: CancelScene): Promise<void> {
  const { installation } = scene;
  installation.setBuildSeconds(LONG_SECONDS);
  const builds = await scene.submit(2 * scene.atOnce + 1);
  const places = await untilPlaced(scene, builds, { waiting: 1, building: scene.atOnce });
  const waiting = builds.find((build) => places.get(build) === 'waiting');
  if (waiting === undefined) throw new Error('no build waits');
  scene.refusedForEver = rpmTaskOf(waiting);
  scene.refusedCancels.add(scene.refusedForEver);
  installation.tap.refuse(`/backend/build-tasks/canceled/${scene.refusedForEver}`);
  await cancelAll(scene, builds, (build) => places.get(build) ?? 'unknown');
  await scene.settled();
  installation.setBuildSeconds(0);
}

async function cancelAll(
  { installation }: CancelScene,
  builds: readonly StormBuild[],
  placeOf: (build: StormBuild) => string,
): Promise<readonly Cancel[]> {
  return Promise.all(
    builds.map(async (build) => {
      build.canceledIn = placeOf(build);
      const at = Date.now();
      await installation.frontend.cancel(String(build.id));
      return { build, stage: build.canceledIn, at };
    }),
  );
}

async function untilAllAre(scene: CancelScene, builds: readonly StormBuild[], stage: BuildStage): Promise<void> {
  await scene.until(`${builds.length} builds are ${stage}`, async () =>
    (await Promise.all(builds.map((build) => scene.stageOf(build)))).every((one) => one === stage),
  );
}

/** The builds by place, once each of these places has this many. */
async function untilPlaced(
  scene: CancelScene,
  builds: readonly StormBuild[],
  wanted: Readonly<Record<string, number>>,
): Promise<ReadonlyMap<StormBuild, string>> {
  let places = new Map<StormBuild, string>();
  await scene.until(`of ${builds.length} builds so many are there: ${JSON.stringify(wanted)}`, async () => {
    places = await placesOf(scene, builds);
    const there = [...places.values()];
    return Object.entries(wanted).every(([place, count]) => there.filter((one) => one === place).length === count);
  });
  return places;
}

/** `waiting` in the queue, `starting` without a builder, otherwise the stage of its workflow. */
async function placesOf(scene: CancelScene, builds: readonly StormBuild[]): Promise<Map<StormBuild, string>> {
  const views = new Map((await scene.installation.frontend.builds()).map((view) => [view.id, view]));
  const places = builds.map(async (build): Promise<[StormBuild, string]> => {
    if (views.get(build.id)?.chrootStates[ARCHIVE.chroot] === 'pending') return [build, 'waiting'];
    const stage = await scene.stageOf(build);
    return [build, stage === 'waitingForBuilder' ? 'starting' : (stage ?? 'unknown')];
  });
  return new Map(await Promise.all(places));
}

async function isAsked({ installation }: CancelScene, build: StormBuild): Promise<boolean> {
  const handle = installation.client.workflow.getHandle(buildWorkflowId(rpmTaskOf(build)));
  const { events } = await handle.fetchHistory();
  return (events ?? []).some(({ eventType }) => eventType === CANCEL_REQUESTED);
}

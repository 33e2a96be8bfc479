import type { BenchRun } from '../../bench/subcommand.js';
import { until } from '../../bench/installation/wait.js';
import { collect, hasAllEnded } from '../storm/collect.js';
import { fetchRuns } from '../storm/histories.js';
import { openWorkflows } from '../storm/questions.js';
import type { StormBuild } from '../storm/storm-build.js';
import { findStuck, MUST_END } from '../storm/stuck.js';
import { outcomeOf, type Phase, type UpgradeOutcome } from './outcome.js';
import { openUpgradeScene, type UpgradeScene, type Version } from './scene.js';
import { RAMP_PERCENT, type UpgradeSize } from './size.js';

/** A long build takes this long unless it is told to end. */
const LONG_SECONDS = 3600;

/** The course of the upgrade itself. */
type Course = {
  readonly next: Version | null;
  readonly isOldStopped: boolean;
  /** Why it was not carried through; null: it was. */
  readonly brokenOff: string | null;
};

/** Upgrades an installation while builds run, with a way back in the middle, and compares all sides at the end. */
export async function runUpgrade(
  run: BenchRun,
  options: { readonly size: UpgradeSize; readonly keep: boolean },
): Promise<UpgradeOutcome> {
  const began = Date.now();
  const scene = await openUpgradeScene(run, options);
  const { client } = scene.installation;
  const phases: Phase[] = [];
  const course = await upgrade(run, scene, { size: options.size, phases });
  run.say(course.brokenOff ?? 'all has ended; comparing');
  const stuck = await findStuck(client);
  const runs = await fetchRuns(client);
  const collected = await collect(scene, runs);
  const seconds = Math.round((Date.now() - began) / 1000);
  return outcomeOf({ scene, ...course, phases, runs, collected, stuck, seconds });
}

/**
 * Goes through all phases, and adds each to `phases`; builds that do not go on break it off, and are judged as well.
 */
async function upgrade(
  run: BenchRun,
  scene: UpgradeScene,
  { size, phases }: { readonly size: UpgradeSize; readonly phases: Phase[] },
): Promise<Course> {
  const { installation, old, submit, untilAll, deploy } = scene;
  let next: Version | null = null;
  let isOldStopped = false;
  const begin = async (name: Phase['name'], count: number): Promise<readonly StormBuild[]> => {
    const builds = await submit(count);
    phases.push({ name, ids: builds.map(({ id }) => id) });
    return builds;
  };
  const running = async (name: Phase['name'], count: number): Promise<readonly StormBuild[]> => {
    installation.setBuildSeconds(LONG_SECONDS);
    const builds = await begin(name, count);
    await untilAll(builds, 'running');
    installation.setBuildSeconds(0);
    return builds;
  };
  const through = async (name: Phase['name'], count: number): Promise<void> =>
    untilAll(await begin(name, count), 'succeeded');
  try {
    run.say(`${size.long} builds begin on ${old.build}`);
    const early = await running('before', size.long);
    next = await scene.startNext();
    run.say(`${next.build} has workers, too: a ramp of ${RAMP_PERCENT} %, ${size.ramp} builds`);
    await deploy('ramp', next.build, String(RAMP_PERCENT));
    await through('ramp', size.ramp);
    run.say('the new version is current');
    await deploy('current', next.build);
    const onNew = await running('current', size.longOnNew);
    await through('current', size.short);
    run.say('back: the old version is current');
    await deploy('current', old.build);
    await through('rollback', size.short);
    run.say('forth: the new version is current');
    await deploy('current', next.build);
    await through('again', size.short);
    run.say(`the long builds end, and ${old.build} is drained`);
    installation.endBuilds();
    await untilAll([...early, ...onNew], 'succeeded');
    await deploy('drain', old.build);
    isOldStopped = await old.workers.stop();
    run.say('the old workers have stopped');
    await through('after', size.short);
    await settled(run, scene, size.patience);
    return { next, isOldStopped, brokenOff: null };
  } catch (error) {
    run.signal.throwIfAborted();
    return { next, isOldStopped, brokenOff: error instanceof Error ? error.message : String(error) };
  }
}

async function settled(run: BenchRun, scene: UpgradeScene, seconds: number): Promise<void> {
  const { installation } = scene;
  await until(run, installation, {
    ...{ what: 'all builds have ended, and nobody has a ticket', seconds, everyMs: 1000 },
    isTrue: async () =>
      (await hasAllEnded({ ...scene, people: installation.frontend })) &&
      !(await openWorkflows(installation.client)).some(({ type }) => MUST_END.includes(type)),
  });
}

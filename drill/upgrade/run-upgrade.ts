import type { BenchRun } from '../../bench/subcommand.js';
import { until } from '../../bench/installation/wait.js';
import { collect, hasAllEnded } from '../storm/collect.js';
import { fetchRuns } from '../storm/histories.js';
import { openWorkflows } from '../storm/questions.js';
import type { StormBuild } from '../storm/storm-build.js';
import { findStuck, MUST_END } from '../storm/stuck.js';
import { outcomeOf, type Phase, type UpgradeOutcome } from './outcome.js';
import { openUpgradeScene, type UpgradeScene } from './scene.js';
import { RAMP_PERCENT, type UpgradeSize } from './size.js';

/** A long build takes this long unless it is told to end. */
const LONG_SECONDS = 3600;

/** Upgrades an installation while builds run, with a way back in the middle, and compares all sides at the end. */
export async function runUpgrade(
  run: BenchRun,
  options: { readonly size: UpgradeSize; readonly keep: boolean },
): Promise<UpgradeOutcome> {
  const { size } = options;
  const began = Date.now();
  const scene = await openUpgradeScene(run, options);
  const { installation, old, submit, untilAll, deploy } = scene;
  const phases: Phase[] = [];
  const phase = (name: Phase['name'], builds: readonly StormBuild[]): void => {
    phases.push({ name, ids: builds.map(({ id }) => id) });
  };
  const running = async (count: number): Promise<readonly StormBuild[]> => {
    installation.setBuildSeconds(LONG_SECONDS);
    const builds = await submit(count);
    await untilAll(builds, 'running');
    installation.setBuildSeconds(0);
    return builds;
  };
  const through = async (count: number): Promise<readonly StormBuild[]> => {
    const builds = await submit(count);
    await untilAll(builds, 'succeeded');
    return builds;
  };

  run.say(`${size.long} builds begin on ${old.build}`);
  const early = await running(size.long);
  phase('before', early);
  const next = await scene.startNext();
  run.say(`${next.build} has workers, too: a ramp of ${RAMP_PERCENT} %, ${size.ramp} builds`);
  await deploy('ramp', next.build, String(RAMP_PERCENT));
  phase('ramp', await through(size.ramp));
  run.say('the new version is current');
  await deploy('current', next.build);
  const onNew = await running(size.longOnNew);
  phase('current', [...onNew, ...(await through(size.short))]);
  run.say('back: the old version is current');
  await deploy('current', old.build);
  phase('rollback', await through(size.short));
  run.say('forth: the new version is current');
  await deploy('current', next.build);
  phase('again', await through(size.short));
  run.say(`the long builds end, and ${old.build} is drained`);
  installation.endBuilds();
  await untilAll([...early, ...onNew], 'succeeded');
  await deploy('drain', old.build);
  const isStopped = await old.workers.stop();
  run.say('the old workers have stopped');
  phase('after', await through(size.short));
  await settled(run, scene, size.patience);
  run.say('all has ended; comparing');
  const stuck = await findStuck(installation.client);
  const runs = await fetchRuns(installation.client);
  const collected = await collect(scene, runs);
  const seconds = Math.round((Date.now() - began) / 1000);
  return outcomeOf({ scene, next, phases, runs, collected, stuck, isStopped, seconds });
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

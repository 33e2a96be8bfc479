import type { BenchRun } from '../../bench/subcommand.js';
import { collect } from '../storm/collect.js';
import { fetchRuns } from '../storm/histories.js';
import { outcomeOf, type CancelsOutcome } from './outcome.js';
import { openCancelScene } from './scene.js';
import { cancelEarly, cancelKept, cancelPublishing, cancelSigning, refuseOne, type Cancel } from './stages.js';

/** Stages whose builds are canceled, and the builds around the one whose cancel is refused. */
const SUBMITTED = 6 + 2;

/** Cancels `atOnce` builds in each stage, and one more whose cancel the frontend never accepts. */
export async function runCancels(
  run: BenchRun,
  options: { readonly atOnce: number; readonly keep: boolean },
): Promise<CancelsOutcome> {
  const { atOnce, keep } = options;
  const scene = await openCancelScene(run, { atOnce, builds: SUBMITTED * atOnce + 1, keep });
  run.say('one build is canceled for ever in vain');
  await refuseOne(scene);
  const cancels: Cancel[] = [];
  run.say(`${3 * atOnce} builds are canceled: a third waits, a third has no builder, a third is built`);
  cancels.push(...(await cancelEarly(scene)));
  run.say(`${atOnce} builds are canceled that are kept for their users`);
  cancels.push(...(await cancelKept(scene)));
  run.say(`${atOnce} builds are canceled while they are signed`);
  cancels.push(...(await cancelSigning(scene)));
  run.say(`${atOnce} builds are canceled while they become public`);
  cancels.push(...(await cancelPublishing(scene)));
  run.say('all have ended; comparing');
  return outcomeOf(cancels, await collect(scene, await fetchRuns(scene.installation.client)));
}

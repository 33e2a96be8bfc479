import { until } from '../../bench/installation/wait.js';
import type { BenchRun } from '../../bench/subcommand.js';
import { collect, hasAllEnded } from '../storm/collect.js';
import { fetchRuns } from '../storm/histories.js';
import { openWorkflows } from '../storm/questions.js';
import { goesOn, stormController } from '../storm/storm.js';
import { findStuck, MUST_END } from '../storm/stuck.js';
import { cancelBuilds, reschedule, submitBuilds } from '../storm/users.js';
import { deleteBuilds } from './deletes.js';
import { outcomeOf, type QueueOutcome } from './outcome.js';
import { openQueueScene, type QueueScene } from './scene.js';
import type { QueueSize } from './size.js';

/** Users who do not find what they look for give up after this many times the length of the day. */
const MAX_DAYS = 2;

/** A day of a small installation: users work on their builds while the frontend is away twice. */
export async function runQueue(
  run: BenchRun,
  options: { readonly size: QueueSize; readonly keep: boolean },
): Promise<QueueOutcome> {
  const { size } = options;
  const scene = await openQueueScene(run, options);
  const began = Date.now();
  const { seconds } = size;
  const users = stormController(run.signal);
  const { signal } = users;
  const evening = setTimeout(() => users.abort(), MAX_DAYS * seconds * 1000);
  const [deleted, rescheduled, outages] = await Promise.all([
    deleteBuilds(scene, size.deletes, seconds, signal),
    reschedule(scene, size.reschedules, seconds, signal),
    takeAway(scene, seconds, size.outage, signal),
    submitBuilds(scene, size.builds - size.repositories, seconds, signal),
    cancelBuilds(scene, size.cancels, seconds, signal),
  ]);
  clearTimeout(evening);
  run.say('all is submitted; waiting for its end');
  await settled(run, scene, size.patience);
  run.say('all has ended; comparing');
  const stuck = await findStuck(scene.client);
  const collected = await collect(scene, await fetchRuns(scene.client));
  const took = Math.round((Date.now() - began) / 1000);
  return outcomeOf({ scene, collected, deleted, stuck, outages, rescheduled, seconds: took });
}

/**
 * The frontend breaks every connection for a while, and later answers nobody for as long. Resolves with the number of
 * outages.
 */
async function takeAway(
  { installation, say }: QueueScene,
  seconds: number,
  outage: number,
  signal: AbortSignal,
): Promise<number> {
  const { tap } = installation;
  const pause = (seconds - 2 * outage) / 3;
  await goesOn(pause, signal);
  say(`the frontend is cut off for ${outage} s`);
  tap.cut(true);
  await goesOn(outage, signal);
  tap.cut(false);
  await goesOn(pause, signal);
  say(`the frontend answers nobody for ${outage} s`);
  const hold = tap.hold(() => true);
  await goesOn(outage, signal);
  hold.release();
  say('the frontend is well');
  return 2;
}

async function settled(run: BenchRun, scene: QueueScene, seconds: number): Promise<void> {
  await until(run, scene.installation, {
    what: 'all builds and actions have ended, and nobody has a ticket',
    seconds,
    everyMs: 1000,
    isTrue: async () =>
      (await hasAllEnded(scene)) && !(await openWorkflows(scene.client)).some(({ type }) => MUST_END.includes(type)),
  });
}

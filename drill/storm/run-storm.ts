import type { BenchRun } from '../../bench/subcommand.js';
import { judge } from './judge-storm.js';
import { openStorm } from './open-storm.js';
import type { StormOutcome } from './outcome.js';
import { rage } from './rage.js';
import { healCancels, refuseSingleIds } from './refusals.js';
import type { StormSize } from './size.js';
import { stormController } from './storm.js';
import { maintainArchive } from './upkeep.js';
import { question, settle, tell } from './watch.js';

/** Raises the storm, waits for the calm, and judges the result. Throws if the drill itself fails. */
export async function runStorm(
  run: BenchRun,
  options: { readonly size: StormSize; readonly seed: number; readonly keep: boolean },
): Promise<StormOutcome> {
  const { size } = options;
  const began = Date.now();
  const storm = await openStorm(run, options);
  const first = size.limits[0];
  if (first === undefined) throw new Error('a storm needs limits');
  await storm.fleet.start(first);
  const whole = stormController(run.signal);
  const always = [tell(storm, whole.signal), question(storm, whole.signal)];
  const calm = async (): Promise<boolean> => {
    run.say(`a storm of ${size.builds} builds in ${size.repositories} repositories begins (seed ${options.seed})`);
    const over = stormController(whole.signal);
    const beside = [maintainArchive(storm, whole.signal), refuseSingleIds(storm, over.signal)];
    try {
      await Promise.race([rage(storm, whole.signal), ...beside.map(failing)]);
    } finally {
      over.abort();
    }
    healCancels(storm);
    run.say('the storm is over; waiting for the calm');
    return settle(storm, beside, whole.signal);
  };
  try {
    const isSettled = await Promise.race([calm(), storm.installation.broken, ...always.map(failing)]);
    run.signal.throwIfAborted();
    return await judge(storm, { root: run.root, seed: options.seed, isSettled, began });
  } finally {
    whole.abort();
    await Promise.allSettled(always);
  }
}

/** Never resolves; rejects with the error of the awaited work. */
async function failing(work: Promise<unknown>): Promise<never> {
  await work;
  return new Promise(() => undefined);
}

import { hasAllEnded } from './collect.js';
import { goesOn, type Storm } from './storm.js';
import { findStuck, MUST_END } from './stuck.js';

/** Seconds between two lines of progress, and between two checks whether everything is settled. */
const SAY_EVERY = 5;
const LOOK_EVERY = 1;

/** Sends one query of each kind once a second, while there is a server that could answer. */
export async function question(storm: Storm, signal: AbortSignal): Promise<void> {
  for (let second = 0; await goesOn(1, signal); second += 1) {
    if (storm.isTemporalDown) continue;
    if (second % 2 === 0) await storm.questions.refresh().catch(() => undefined); // the old list will do meanwhile
    storm.questions.askRound();
  }
}

/** Prints progress every few seconds. */
export async function tell(storm: Storm, signal: AbortSignal): Promise<void> {
  while (await goesOn(SAY_EVERY, signal)) {
    const views = await storm.people.builds();
    const ours = views.filter(({ id }) => storm.builds.has(id));
    const over = ours.filter((view) => view.over).length;
    const { kills } = storm.fleet;
    storm.say(
      `${over} of ${storm.builds.size} builds are over, ${kills} kills, ${storm.questions.count} queries answered`,
    );
  }
}

/** Waits until nothing is left to do; false if that takes longer than a calm may. */
export async function settle(storm: Storm, beside: readonly Promise<void>[], signal: AbortSignal): Promise<boolean> {
  const end = Date.now() + storm.size.calm * 1000;
  await Promise.race([Promise.all(beside), goesOn(storm.size.calm, signal)]);
  while (Date.now() < end && (await goesOn(LOOK_EVERY, signal)))
    if (await isSettled(storm).catch(() => false)) return true;
  return false;
}

async function isSettled(storm: Storm): Promise<boolean> {
  if (!(await hasAllEnded(storm))) return false;
  const open = await storm.questions.refresh();
  if (open.some(({ type }) => MUST_END.includes(type))) return false;
  return (await findStuck(storm.client)).length === 0;
}

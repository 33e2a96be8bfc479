import { goesOn, type Storm } from './storm.js';
import { cancel, findIn, rpmTaskOf } from './users.js';

const MAX_SEARCH = 60;

/**
 * The frontend refuses single ids: the cancel of a waiting build for ever, that of a running one and the report of
 * another until the storm is over or `refused` has passed. Each is refused before anybody can have asked.
 */
export async function refuseSingleIds(storm: Storm, signal: AbortSignal): Promise<void> {
  await refuseCancel(storm, 'waiting', signal);
  await refuseCancel(storm, 'building', signal);
  await refuseReport(storm, signal);
}

async function refuseCancel(storm: Storm, wanted: 'waiting' | 'building', signal: AbortSignal): Promise<void> {
  const found = await search(storm, wanted, signal);
  if (found === null) return;
  const task = rpmTaskOf(found.build);
  storm.frontend.always(`build-tasks/canceled/${task}`, '500');
  storm.refusedCancels.add(task);
  if (wanted === 'waiting') storm.refusedForEver = task;
  await cancel(storm, found.build, found.stage);
  storm.say(`the cancel of ${task} is refused ${wanted === 'waiting' ? 'for ever' : 'for now'}`);
}

async function refuseReport(storm: Storm, signal: AbortSignal): Promise<void> {
  const found = await search(storm, 'building', signal);
  if (found === null) return;
  const task = rpmTaskOf(found.build);
  const routes = [0, 1, 2].map((status) => `update/${task}/${status}`);
  for (const route of routes) storm.frontend.always(route, '500');
  storm.say(`the report of ${task} is refused for ${storm.size.refused} s`);
  await goesOn(storm.size.refused, signal);
  for (const route of routes) storm.frontend.heal(route);
}

/** Before the calm: heals all except the one that is refused for ever. */
export function healCancels({ frontend, refusedCancels, refusedForEver }: Storm): void {
  for (const task of refusedCancels) if (task !== refusedForEver) frontend.heal(`build-tasks/canceled/${task}`);
}

async function search(storm: Storm, wanted: 'waiting' | 'building', signal: AbortSignal): ReturnType<typeof findIn> {
  for (let second = 0; second < MAX_SEARCH && !signal.aborted; second += 1) {
    const found = await findIn(storm, wanted, signal);
    if (found !== null) return found;
    await goesOn(1, signal);
  }
  return null;
}

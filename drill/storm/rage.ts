import { between, goesOn, stormController, type Storm } from './storm.js';
import { crowdRepositories, killWorkers } from './kills.js';
import { cancelBuilds, regenerate, reschedule, submitBuilds } from './users.js';
import { reconfigure, slowDown, stopTemporal } from './weather.js';

/** Range of a scripted build's length in seconds; the number changes every few seconds. */
const BUILD_SECONDS: readonly [number, number] = [0, 6];

/**
 * Share of the builds that should have ended by the end of a part, and how many times its length the part may take to
 * reach it.
 */
const ENDED = { before: 0.15, after: 0.4 } as const;
const MAX_STRETCH = 3;

/** The storm itself: two parts with everything at once, and Temporal away between them. */
export async function rage(storm: Storm, signal: AbortSignal): Promise<void> {
  await ragePart(storm, 'before', signal);
  await stopTemporal(storm, storm.size.outage, signal);
  await ragePart(storm, 'after', signal);
}

/**
 * One part of the storm, with everything at once; on a machine that has finished few builds by its end, it lasts up to
 * three times as long.
 */
async function ragePart(storm: Storm, part: 'before' | 'after', signal: AbortSignal): Promise<void> {
  const { size } = storm;
  const seconds = size[part];
  const over = stormController(signal);
  const ending = endPart(storm, part, over);
  const share = (all: number): number => (part === 'before' ? Math.ceil(all / 2) : Math.floor(all / 2));
  const users = [
    submitBuilds(storm, share(size.builds - size.seeded), seconds, over.signal),
    cancelBuilds(storm, share(size.cancels), seconds, over.signal),
    reschedule(storm, share(size.reschedules), seconds, over.signal),
    regenerate(storm, over.signal),
    crowdRepositories(storm, over.signal),
  ];
  const weather = [
    killWorkers(storm, over.signal),
    reconfigure(storm, over.signal),
    slowDown(storm, over.signal),
    changeBuildTimes(storm, over.signal),
  ];
  try {
    await Promise.all([...users, ...weather, ending]);
  } finally {
    over.abort();
    await Promise.allSettled([...users, ...weather, ending]);
  }
}

async function endPart(storm: Storm, part: 'before' | 'after', over: AbortController): Promise<void> {
  const { size, fleet, people, builds } = storm;
  const began = { at: Date.now(), kills: fleet.kills };
  while (await goesOn(1, over.signal)) {
    const seconds = (Date.now() - began.at) / 1000;
    if (seconds < size[part]) continue;
    const ended = (await people.builds()).filter((view) => view.over && builds.has(view.id)).length;
    const isEnough = fleet.kills - began.kills >= size.bar.kills / 2 && ended >= size.builds * ENDED[part];
    if (isEnough || seconds >= size[part] * MAX_STRETCH) over.abort();
  }
}

async function changeBuildTimes({ installation, random }: Storm, signal: AbortSignal): Promise<void> {
  do installation.setBuildSeconds(Math.round(between(random, BUILD_SECONDS)));
  while (await goesOn(2, signal));
}

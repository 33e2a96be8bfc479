import { openInstallation } from '../../bench/installation/installation.js';
import type { BenchRun } from '../../bench/subcommand.js';
import { withCompiledBuilders } from '../storm/compiled-builders.js';
import { packagesNeeded, seededBuilds, seedStorm, takeFailingAway, type Seeded } from '../storm/seed.js';
import { randomOf, type Crowd, type Scene } from '../storm/storm.js';
import type { QueueSize } from './size.js';

const SEED = 13;

export type QueueScene = Scene & Crowd;

/** A whole installation whose limits hold some of its builds; at the start each repository's first build is waiting. */
export async function openQueueScene(
  run: BenchRun,
  options: { readonly size: QueueSize; readonly keep: boolean },
): Promise<QueueScene> {
  const { size, keep } = options;
  const { builders } = size;
  const prepared: Seeded[] = [];
  const installation = await openInstallation(run, {
    ...{ builders, packages: packagesNeeded(size), programs: [], keep },
    limits: {
      builds_max_workers: builders,
      builds_max_workers_owner: Math.ceil(builders / 2),
      builds_max_workers_sandbox: Math.ceil(builders / 2),
    },
    adapt: (services) => services.map((service) => withCompiledBuilders(service, run.root)),
    prepare: (directory) => {
      prepared.push(seedStorm(directory, { ...size, seeded: size.repositories }));
      takeFailingAway(directory, size);
    },
  });
  const [seeded] = prepared;
  if (seeded === undefined) throw new Error('the frontend was not seeded');
  installation.setBuildSeconds(...size.buildSeconds);
  const { frontend: people, client, addresses } = installation;
  return {
    ...{
      installation,
      size,
      seeded,
      builds: seededBuilds(seeded),
      people,
      client,
      frontendUrl: addresses.frontendUrl,
      say: run.say,
    },
    ...{ random: randomOf(SEED), refusedCancels: new Set<string>(), refusedForEver: null },
  };
}

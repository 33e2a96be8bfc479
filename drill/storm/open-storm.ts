import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInstallation } from '../../bench/installation/installation.js';
import type { BenchRun } from '../../bench/subcommand.js';
import type { DataDirectory } from '../../playground/start/data-directory.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { startFaultyProxy } from '../../test/support/faulty-proxy.js';
import { withCompiledBuilders } from './compiled-builders.js';
import { startLongLived } from './long-lived.js';
import { Questions } from './questions.js';
import { ARCHIVE, packagesNeeded, seededBuilds, seedStorm, takeFailingAway, type Seeded } from './seed.js';
import type { StormLimits, StormSize } from './size.js';
import { randomOf, type Storm } from './storm.js';
import { WorkerFleet } from './worker-fleet.js';

/** Number of workers: while one is dead, the other wakes workflows that the dead one had in its memory. */
const WORKERS = 2;

/**
 * An installation without workers, a proxy in front of its frontend, long-lived workflows that soon continue as new,
 * and a fleet that is not started yet. Everything is undone by what `run.defer` collects.
 */
export async function openStorm(
  run: BenchRun,
  options: { readonly size: StormSize; readonly seed: number; readonly keep: boolean },
): Promise<Storm> {
  const { size } = options;
  const prepared: Seeded[] = [];
  const installation = await openInstallation(run, {
    ...{ builders: size.builders, limits: {}, packages: packagesNeeded(size), programs: [], keep: options.keep },
    prepare: (directory) => {
      prepared.push(seedStorm(directory, size));
      takeFailingAway(directory, size);
    },
    adapt: (services) =>
      services.filter(({ name }) => name !== 'worker').map((service) => withCompiledBuilders(service, run.root)),
  });
  // The signer of some worker started it, and it would live on for a while.
  run.defer(async () => {
    const home = join(installation.directory.state, 'gnupg');
    await runCommand('gpgconf', ['--homedir', home, '--kill', 'gpg-agent'], { timeoutMs: 10_000 });
  });
  const [seeded] = prepared;
  if (seeded === undefined) throw new Error('the frontend was not seeded');
  const { directory, addresses, client } = installation;
  const frontend = await startFaultyProxy(addresses.frontendUrl);
  run.defer(frontend.stop);
  const questions = new Questions(client);
  run.defer(() => questions.silence());
  await startLongLived(client, [...seeded.repositories.slice(0, size.hot), ARCHIVE]);
  const configuration = (limits: StormLimits): string => configured(directory, { frontendUrl: frontend.url, limits });
  const fleet = new WorkerFleet({ root: run.root, data: directory.root, configuration }, WORKERS);
  run.defer(() => fleet.stop());
  return {
    ...{ size, say: run.say, random: randomOf(options.seed), installation, frontend, client, fleet, seeded },
    ...{ people: installation.frontend, frontendUrl: addresses.frontendUrl, questions },
    ...{ builds: seededBuilds(seeded), outages: [], refusedCancels: new Set<string>(), refusedForEver: null },
    ...{ reconfigurations: 0, isTemporalDown: false },
  };
}

function configured(
  directory: DataDirectory,
  wanted: { readonly frontendUrl: string; readonly limits: StormLimits },
): string {
  const { workers, owner, sandbox } = wanted.limits;
  const limits = [
    `builds_max_workers=${workers}`,
    `builds_max_workers_owner=${owner}`,
    `builds_max_workers_sandbox=${sandbox}`,
  ];
  return readFileSync(directory.configFile, 'utf8')
    .replace(/^frontend_base_url=.*$/m, () => `frontend_base_url=${wanted.frontendUrl}`)
    .replace('[backend]\n', () => `[backend]\n${limits.join('\n')}\n`);
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePulpPorts } from '../../playground/pulp/free-ports.js';
import { startPulp, type RunningPulp } from '../../playground/pulp/server.js';
import type * as PulpIndexerModule from '../../src/adapters/pulp-store/repository-indexer.js';
import type * as PublishedMetadataModule from '../../src/adapters/pulp-store/published-metadata.js';
import type * as ExchangeModule from '../../src/adapters/pulp/exchange.js';
import type * as PackagesModule from '../../src/adapters/pulp/packages.js';
import type * as RepositoriesModule from '../../src/adapters/pulp/repositories.js';
import type * as SettingsModule from '../../src/adapters/pulp/settings.js';
import type { RepositoryIndexer } from '../../src/ports/repository/repository-indexer.js';
import { quantile, rounded } from '../figures/statistics.js';
import type { BenchRun, Measured } from '../subcommand.js';
import { countedExchange, type CallCount } from './counted-exchange.js';
import { naivePublisher } from './naive-publisher.js';
import { makeNewBuild } from './new-builds.js';
import { plainApi } from './plain-api.js';
import { seedRepository } from './seeded-repository.js';

/** The bench asks Pulp itself, so nobody has to be led there. */
const NO_REDIRECTS = { add: () => Promise.resolve(), remove: () => Promise.resolve() };

export type PulpBench = { readonly packages: number; readonly repeat: number; readonly together: number };

const PROJECT = { owner: 'bench', dirname: 'pulp' };
const OURS = { ...PROJECT, chroot: 'ours-1-x86_64' };
const NAIVE = { ...PROJECT, chroot: 'naive-1-x86_64' };
const NOTHING = {
  ...{ full: false, reread: false, doStat: false, devel: false, appstream: false },
  ...{ add: [], delete: [], removeRpms: [] },
};
/** Builds that end together do so within a second. */
const TOGETHER_MS = 1000;

/** One build after the other, and many at once, into a large repository at a Pulp of our own: ours and the naive way. */
export async function measurePulp(run: BenchRun, options: PulpBench): Promise<Measured> {
  const root = await mkdtemp(path.join(tmpdir(), 'copr-pulp-bench-'));
  run.defer(() => rm(root, { recursive: true, force: true }));
  // PostgreSQL may run as another user, who passes through.
  await chmod(root, 0o711);
  const pulp = await startPulp({ directory: path.join(root, 'pulp'), ports: await freePulpPorts(), say: run.say });
  run.defer(() => pulp.stop());
  const destdir = path.join(root, 'results');
  const chrootDir = path.join(destdir, OURS.owner, OURS.dirname, OURS.chroot);
  const api = plainApi(pulp);
  run.say(`giving Pulp ${options.packages} packages`);
  const naiveName = `${NAIVE.owner}/${NAIVE.dirname}/${NAIVE.chroot}`;
  await seedRepository({
    ...{ api, name: naiveName, chrootDir, source: path.join(root, 'source'), count: options.packages },
  });
  run.signal.throwIfAborted();
  const naive = await naivePublisher(api, naiveName);
  const { indexer, count } = await ourIndexer(run, pulp, destdir);
  const first = await makeNewBuild(chrootDir, 0);
  await indexer.publish(OURS, { ...NOTHING, add: [first.build] }, {});

  run.say(`one build at a time, ${options.repeat} of each way`);
  const [naiveSeconds, ourSeconds, calls, polls]: number[][] = [[], [], [], []];
  let cpu = 0;
  for (let number = 1; number <= options.repeat; number += 1) {
    run.signal.throwIfAborted();
    const other = await makeNewBuild(path.join(root, 'naive'), number);
    naiveSeconds?.push(await secondsOf(() => naive.add(other.packages)));
    const ours = await makeNewBuild(chrootDir, 1000 + number);
    const before = { ...count };
    count.seconds.clear();
    count.kinds.length = 0;
    const usedBefore = process.cpuUsage();
    ourSeconds?.push(await secondsOf(() => indexer.publish(OURS, { ...NOTHING, add: [ours.build] }, {})));
    const used = process.cpuUsage(usedBefore);
    cpu += (used.user + used.system) / 1e6;
    calls?.push(count.calls - before.calls);
    polls?.push(count.polls - before.polls);
  }

  const longest = longestCalls(count);
  const ofOne = count.kinds.join('; ');
  run.say(`${options.together} builds that end together`);
  const builds: string[] = [];
  for (let number = 1; number <= options.together; number += 1)
    builds.push((await makeNewBuild(chrootDir, 2000 + number)).build);
  const versionsBefore = await newestVersion(api.first);
  const before = { ...count };
  let listed = 0;
  const togetherSeconds = await secondsOf(async () => {
    listed = await publishTogether(indexer, builds);
  });
  const versions = (await newestVersion(api.first)) - versionsBefore;
  const [naiveOne, oursOne] = [quantile(naiveSeconds ?? [], 0.5), quantile(ourSeconds ?? [], 0.5)];
  const expected = options.packages + 2 * (1 + options.repeat + options.together);
  const naiveListed = await naive.packages();
  return {
    figures: {
      packages: options.packages,
      naiveSeconds: rounded(naiveOne),
      oursSeconds: rounded(oursOne),
      ratio: rounded(oursOne / naiveOne, 3),
      togetherSecondsPerBuild: rounded(togetherSeconds / options.together, 3),
      togetherRatio: rounded(togetherSeconds / options.together / naiveOne, 3),
      versionsForTwenty: versions,
      callsPerBuild: quantile(calls ?? [], 0.5),
      pollsPerBuild: quantile(polls ?? [], 0.5),
      togetherCallsPerBuild: rounded((count.calls - before.calls) / options.together),
    },
    notes: [`of the last build alone, seconds in: ${longest}`, `and its requests: ${ofOne}`],
    faults: [
      ...(listed === expected ? [] : [`our repository has ${listed} packages, not ${expected}`]),
      ...(naiveListed === options.packages + 2 * options.repeat ? [] : [`the naive one has ${naiveListed} packages`]),
    ],
    comparison: { rate: 1 / oursOne, cpuSeconds: cpu / options.repeat, rssMiB: process.memoryUsage().rss / 2 ** 20 },
  };
}

/** The indexer of the measured product, with its requests counted. */
async function ourIndexer(
  run: BenchRun,
  pulp: RunningPulp,
  destdir: string,
): Promise<{ readonly indexer: RepositoryIndexer; readonly count: CallCount }> {
  const module = <T>(file: string): Promise<T> =>
    import(pathToFileURL(path.join(run.product, 'dist/src/adapters', file)).href) as Promise<T>;
  const { createPulpIndexer } = await module<typeof PulpIndexerModule>('pulp-store/repository-indexer.js');
  const { createPublishedMetadata } = await module<typeof PublishedMetadataModule>('pulp-store/published-metadata.js');
  const { createPulpExchange } = await module<typeof ExchangeModule>('pulp/exchange.js');
  const { createPulpPackages } = await module<typeof PackagesModule>('pulp/packages.js');
  const { createPulpRepositories } = await module<typeof RepositoriesModule>('pulp/repositories.js');
  const { pulpSettings } = await module<typeof SettingsModule>('pulp/settings.js');
  const { url: base_url, username, password, contentUrl } = pulp;
  const { exchange, count } = countedExchange(
    await createPulpExchange(pulpSettings({ base_url, username, password }, 'the bench')),
  );
  const published = createPublishedMetadata(contentUrl);
  run.defer(async () => {
    exchange.close();
    published.close();
    await Promise.resolve();
  });
  const client = {
    packages: createPulpPackages(exchange),
    repositories: createPulpRepositories(exchange),
    close: exchange.close,
  };
  return { indexer: createPulpIndexer({ destdir, client, published, redirects: NO_REDIRECTS, graceHours: 1 }), count };
}

/** The kinds of requests that took longest. */
function longestCalls({ seconds }: CallCount): string {
  const sorted = [...seconds].sort(([, one], [, other]) => other - one).slice(0, 8);
  return sorted.map(([kind, taken]) => `${kind} ${rounded(taken, 1)}`).join('; ');
}

/** As a repository's workflow does: a publication takes all builds that wait when it begins. */
async function publishTogether(indexer: RepositoryIndexer, builds: readonly string[]): Promise<number> {
  const waiting: string[] = [];
  const arriving = builds.map(async (build, index) => {
    await sleep((TOGETHER_MS * index) / builds.length);
    waiting.push(build);
  });
  let [done, packages] = [0, 0];
  while (done < builds.length) {
    if (waiting.length === 0) await Promise.race(arriving);
    const add = waiting.splice(0);
    if (add.length === 0) await sleep(10);
    else ({ packages } = await indexer.publish(OURS, { ...NOTHING, add }, {}));
    done += add.length;
  }
  return packages;
}

async function newestVersion(first: ReturnType<typeof plainApi>['first']): Promise<number> {
  const name = encodeURIComponent(`${OURS.owner}/${OURS.dirname}/${OURS.chroot}`);
  const repository = await first(`repositories/rpm/rpm/?name=${name}`);
  return Number(/versions\/(\d+)\//.exec(String(repository?.['latest_version_href']))?.[1]);
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

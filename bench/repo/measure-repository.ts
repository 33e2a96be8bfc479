import { execFile } from 'node:child_process';
import { link, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseRepomd, type Repomd } from '../../src/adapters/repository-store/metadata/repomd.js';
import { newerCreaterepo, systemCreaterepo, type CreaterepoProgram } from './createrepo-programs.js';
import type { Comparison } from '../subcommand.js';
import { startMeasuredProcess, type MeasuredProcess } from '../measured/measured-process.js';
import type { MeasuredWork, RepositoryCost } from './measured-process.js';
import { deliver, makeRealBuild, type RealBuild } from './real-builds.js';
import type { Weight } from './synthetic-packages.js';
import { writeSyntheticPackages } from './write-synthetic-packages.js';

export type RepositoryBench = {
  /** The checkout whose product publishes. */
  readonly product: string;
  readonly packages: number;
  readonly repeat: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly defer: (cleanUp: () => Promise<void>) => void;
};

/** One kind of change with one createrepo_c on one repository; seconds are medians, ratios are createrepo_c : ours. */
export type RepositoryCase = {
  readonly createrepo: string;
  readonly metadata: Weight;
  readonly change: Change;
  readonly oursSeconds: number;
  readonly createrepoSeconds: number;
  /** CPU seconds of ours, median. */
  readonly cpuSeconds: number;
  readonly ratio: number;
  readonly cpuRatio: number;
  /** Our compressed metadata : createrepo_c's. */
  readonly sizeRatio: number;
  readonly rssMiB: number;
};

type Change = 'add' | 'replace' | 'remove';

export type RepositoryMeasured = {
  readonly figures: Omit<RepositoryCase, 'createrepo' | 'metadata' | 'change'> & {
    readonly packages: number;
    /** By `<createrepo_c> <metadata> <change>`. */
    readonly cases: Readonly<Record<string, RepositoryCase>>;
  };
  readonly notes: readonly string[];
  readonly faults: readonly string[];
  readonly comparison: Comparison;
};

const HERE = fileURLToPath(import.meta.url);
const CHROOT = 'fedora-42-x86_64';
const COMMON_FLAGS = [
  '--no-database',
  '--ignore-lock',
  '--local-sqlite',
  '--workers',
  '8',
  '--general-compress-type=gz',
];

const run = promisify(execFile);

/**
 * Publications of one build in a repository of many packages: ours, complete (plan, metadata, proof, switch,
 * read-back), against createrepo_c alone on the same tree with Copr's flags. The figures at the top are the worst of
 * all cases in which a build is added.
 */
export async function measureRepository(bench: RepositoryBench): Promise<RepositoryMeasured> {
  const cases: RepositoryCase[] = [];
  const [notes, faults]: [string[], string[]] = [[], []];
  const programs = [await systemCreaterepo(), await newerCreaterepo()];
  for (const metadata of ['thin', 'fat'] as const) {
    const destdir = await mkdtemp(path.join(tmpdir(), 'copr-repository-bench-'));
    bench.defer(() => rm(destdir, { recursive: true, force: true }));
    bench.say(`making a repository of ${bench.packages} packages, ${metadata} metadata`);
    const tree = await makeTree(destdir, { metadata, programs }, bench);
    for (const generation of tree.generations) {
      bench.signal.throwIfAborted();
      const measured = await measureGeneration(bench, tree, generation);
      cases.push(...measured.cases);
      notes.push(...measured.notes);
      faults.push(...measured.faults);
    }
    await rm(destdir, { recursive: true, force: true });
  }
  const added = cases.filter(({ change }) => change === 'add');
  const worst = added.reduce((one, other) => (other.ratio < one.ratio ? other : one));
  const { oursSeconds, createrepoSeconds, ratio } = worst;
  const figures = {
    ...{ packages: bench.packages, oursSeconds, createrepoSeconds, ratio },
    cpuSeconds: Math.max(...added.map((one) => one.cpuSeconds)),
    cpuRatio: Math.min(...added.map((one) => one.cpuRatio)),
    sizeRatio: Math.max(...cases.map((one) => one.sizeRatio)),
    rssMiB: Math.max(...cases.map((one) => one.rssMiB)),
    cases: Object.fromEntries(cases.map((one) => [`${one.createrepo} ${one.metadata} ${one.change}`, one])),
  };
  const sum = (values: readonly number[]): number => values.reduce((whole, value) => whole + value, 0);
  const comparison = {
    rate: cases.length / sum(cases.map((one) => one.oursSeconds)),
    cpuSeconds: sum(cases.map((one) => one.cpuSeconds)) / cases.length,
    rssMiB: figures.rssMiB,
  };
  return { figures, notes, faults, comparison };
}

type Tree = {
  readonly destdir: string;
  readonly metadata: Weight;
  readonly chrootDir: string;
  readonly generations: readonly Generation[];
};

/** The measurements with one createrepo_c. */
type Generation = {
  readonly program: CreaterepoProgram;
  /** Its metadata of only the synthetic packages. */
  readonly pristine: string;
  /** One build to begin with, and one for each repetition. */
  readonly builds: readonly RealBuild[];
};

async function makeTree(
  destdir: string,
  { metadata, programs }: { readonly metadata: Weight; readonly programs: readonly CreaterepoProgram[] },
  { packages, repeat, signal }: RepositoryBench,
): Promise<Tree> {
  const chrootDir = path.join(destdir, 'bench', metadata, CHROOT);
  await writeSyntheticPackages(chrootDir, packages, metadata);
  const generations: Generation[] = [];
  for (const [index, program] of programs.entries()) {
    const output = path.join(destdir, `pristine-${program.version}`);
    await mkdir(output);
    await run(program.path, [chrootDir, ...COMMON_FLAGS, '--quiet', '--outputdir', output], { signal });
    const place = { chrootDir, hide: path.join(destdir, 'hidden') };
    const builds: RealBuild[] = [];
    for (let build = 0; build <= repeat; build += 1)
      builds.push(await makeRealBuild(packages + 1 + index * 1000 + build, place));
    generations.push({ program, pristine: path.join(output, 'repodata'), builds });
  }
  return { destdir, metadata, chrootDir, generations };
}

type MeasuredGeneration = {
  readonly cases: readonly RepositoryCase[];
  readonly notes: readonly string[];
  readonly faults: readonly string[];
};

async function measureGeneration(
  bench: RepositoryBench,
  tree: Tree,
  { program, pristine, builds }: Generation,
): Promise<MeasuredGeneration> {
  const { chrootDir, destdir, metadata } = tree;
  const name = `createrepo_c ${program.version}, ${metadata} metadata`;
  const repodata = path.join(chrootDir, 'repodata');
  await rm(repodata, { recursive: true, force: true });
  await linkAll(pristine, repodata);
  await rm(path.join(chrootDir, '..', '.staging'), { recursive: true, force: true });
  const place = { chrootDir, hide: path.join(destdir, 'hidden') };
  const [ours, theirs] = [startProcess(bench, program), startProcess(bench, program)];
  const publish = (build: RealBuild): MeasuredWork => ({
    publish: { destdir, repository: { owner: 'bench', dirname: metadata, chroot: CHROOT }, add: [build.directory] },
  });
  const samples: (Sample & { readonly change: Change })[] = [];
  const faults: string[] = [];
  const judge = (what: string, { warnings, published }: RepositoryCost, packages: number): void => {
    faults.push(...warnings.map((warning) => `${name}, ${what}: ${warning}`));
    const told = published?.packages ?? 0;
    if (told !== packages) faults.push(`${name}, ${what}: the metadata names ${told} packages, not ${packages}`);
  };
  try {
    const [first, ...rest] = builds;
    if (first === undefined) throw new Error('nothing to measure with');
    await deliver(first, place);
    const begun = await ours.run(publish(first));
    let packages = bench.packages + first.rpms.length;
    judge('begin', begun, packages);
    for (const build of rest) {
      const changes: readonly [Change, () => Promise<void>, number][] = [
        ['add', () => deliver(build, place), build.rpms.length],
        ['replace', build.replaceFirst, 0],
        ['remove', build.removeFirst, -1],
      ];
      for (const [change, make, more] of changes) {
        bench.signal.throwIfAborted();
        const output = path.join(destdir, 'createrepo');
        await rm(output, { recursive: true, force: true });
        await linkAll(repodata, path.join(output, 'repodata'));
        await make();
        const own = await ours.run(publish(build));
        const other = await theirs.run({ program: await createrepoCommand(program, tree, { change, build, output }) });
        const [made, oracle] = [await repomdOf(repodata), await repomdOf(path.join(output, 'repodata'))];
        samples.push({ change, ours: own, theirs: other, sizeRatio: bytesOf(made) / bytesOf(oracle) });
        packages += more;
        judge(change, own, packages);
        // createrepo_c takes over a known path without reading it, so only ours has the package that was replaced.
        if (change !== 'replace' && opened(made) !== opened(oracle))
          faults.push(`${name}, ${change}: the metadata differs from createrepo_c's`);
      }
      bench.say(`${name}: ${build.directory} added, replaced, removed`);
    }
    const note = `${name}: the first publication, from createrepo_c's own file: ${begun.seconds.toFixed(2)} s`;
    return { cases: casesOf(program, metadata, samples), notes: [note], faults };
  } finally {
    await ours.end();
    await theirs.end();
  }
}

type Sample = { readonly ours: RepositoryCost; readonly theirs: RepositoryCost; readonly sizeRatio: number };

function casesOf(
  program: CreaterepoProgram,
  metadata: Weight,
  samples: readonly (Sample & { readonly change: Change })[],
): readonly RepositoryCase[] {
  return (['add', 'replace', 'remove'] as const).map((change) => {
    const own = samples.filter((sample) => sample.change === change);
    const [oursSeconds, createrepoSeconds] = [
      median(own.map(({ ours }) => ours.seconds)),
      median(own.map(({ theirs }) => theirs.seconds)),
    ];
    const cpu = (of: (sample: Sample) => RepositoryCost): number =>
      own.reduce((sum, one) => sum + of(one).cpuSeconds, 0);
    return {
      createrepo: program.version,
      metadata,
      change,
      oursSeconds: rounded(oursSeconds),
      createrepoSeconds: rounded(createrepoSeconds),
      cpuSeconds: rounded(median(own.map(({ ours }) => ours.cpuSeconds))),
      ratio: rounded(createrepoSeconds / oursSeconds),
      cpuRatio: rounded(cpu(({ theirs }) => theirs) / cpu(({ ours }) => ours)),
      sizeRatio: rounded(Math.max(...own.map((one) => one.sizeRatio))),
      rssMiB: Math.round(Math.max(...own.map(({ ours }) => ours.rssMiB))),
    };
  });
}

/** The command that copr-repo runs for this change, as in upstream's tests. */
async function createrepoCommand(
  program: CreaterepoProgram,
  { chrootDir, destdir }: Tree,
  what: { readonly change: Change; readonly build: RealBuild; readonly output: string },
): Promise<[string, ...string[]]> {
  const list = path.join(destdir, 'pkglist');
  await writeFile(list, what.build.rpms.map((rpm) => `${rpm}\n`).join(''));
  return [
    ...([program.path, chrootDir, ...COMMON_FLAGS] as const),
    ...[
      '--cachedir',
      path.join(destdir, 'cachedir'),
      '--update',
      '--skip-stat',
      '--recycle-pkglist',
      '--outputdir',
      what.output,
    ],
    ...(what.change === 'add' ? ['--pkglist', list] : ['--excludes', what.build.rpms[0] ?? '']),
  ];
}

function startProcess(
  { product, defer }: RepositoryBench,
  program: CreaterepoProgram,
): MeasuredProcess<MeasuredWork, RepositoryCost> {
  const file = path.join(path.dirname(HERE), `measured-process${path.extname(HERE)}`);
  const env = { ...process.env, PATH: `${program.directory}${path.delimiter}${process.env['PATH'] ?? ''}` };
  return startMeasuredProcess(file, { args: [product], env, defer });
}

async function repomdOf(repodata: string): Promise<Repomd> {
  const repomd = parseRepomd(await readFile(path.join(repodata, 'repomd.xml'), 'utf8'));
  if (repomd === null) throw new Error(`${repodata} has no repomd.xml`);
  return repomd;
}

function opened(repomd: Repomd): string {
  return repomd.files.map((file) => `${file.type} ${file.openChecksum}`).join('\n');
}

function bytesOf(repomd: Repomd): number {
  return repomd.files.reduce((sum, file) => sum + file.size, 0);
}

/** Links the files of a flat directory into a new one. */
async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true }))
    if (entry.isFile()) await link(path.join(from, entry.name), path.join(to, entry.name));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

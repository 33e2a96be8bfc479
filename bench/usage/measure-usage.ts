import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile, rounded } from '../figures/statistics.js';
import { startMeasuredProcess, type MeasuredProcess } from '../measured/measured-process.js';
import type { BenchRun, Measured } from '../subcommand.js';
import type { UsageCost, UsageWork } from './measured-process.js';
import { makeResultsTree } from './results-tree.js';

const HERE = fileURLToPath(import.meta.url);

/** The compared programs; `du` alone is the measure of the two others. */
const MEASURED = ['du', 'round', 'command'] as const;
type Side = (typeof MEASURED)[number];
type Turn = Readonly<Record<Side, UsageCost>>;

/**
 * Rounds of analyze-results in a results tree against `du` alone on the same tree: in a process that is running
 * already, as in a worker, and as the command with the start of Node. Each turn has all three, in the reverse order of
 * the last.
 */
export async function measureUsage(
  bench: BenchRun,
  size: { readonly files: number; readonly repeat: number },
): Promise<Measured> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-usage-bench-'));
  bench.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const [destdir, statsDir] = [path.join(directory, 'results'), path.join(directory, 'stats')];
  await mkdir(destdir);
  bench.say(`making a results tree of ${size.files} files`);
  const tree = await makeResultsTree(destdir, size.files, bench.signal);
  const config = path.join(directory, 'copr-be.conf');
  await writeFile(config, configOf(destdir, statsDir, directory));
  const work: Readonly<Record<Side, UsageWork>> = {
    du: { program: ['du', '-x', destdir] },
    round: { round: { destdir, statsDir } },
    command: {
      program: [
        process.execPath,
        ...[path.join(bench.product, 'bin/copr-backend-analyze-results.mjs'), '--config', config],
      ],
    },
  };
  const measured = startMeasuredProcess<UsageWork, UsageCost>(
    path.join(path.dirname(HERE), `measured-process${path.extname(HERE)}`),
    { args: [bench.product], env: process.env, defer: bench.defer },
  );
  try {
    // The first turn fills the caches for all.
    await takeTurn(measured, work, MEASURED);
    const turns: Turn[] = [];
    for (let turn = 0; turn < size.repeat; turn += 1) {
      bench.signal.throwIfAborted();
      // The page is drawn from all samples: each turn has only its own.
      await rm(statsDir, { recursive: true });
      const taken = await takeTurn(measured, work, turn % 2 === 0 ? MEASURED : MEASURED.toReversed());
      turns.push(taken);
      bench.say(MEASURED.map((side) => `${side} ${taken[side].seconds.toFixed(2)} s`).join(', '));
    }
    return figuresOf(turns, tree);
  } finally {
    await measured.end();
  }
}

async function takeTurn(
  measured: MeasuredProcess<UsageWork, UsageCost>,
  work: Readonly<Record<Side, UsageWork>>,
  order: readonly Side[],
): Promise<Turn> {
  const costs: [Side, UsageCost][] = [];
  for (const side of order) costs.push([side, await measured.run(work[side])]);
  return Object.fromEntries(costs) as Record<Side, UsageCost>;
}

function figuresOf(turns: readonly Turn[], tree: { readonly files: number; readonly directories: number }): Measured {
  const median = (of: (turn: Turn) => number): number => quantile(turns.map(of), 0.5);
  const ratio = (side: Side, of: (cost: UsageCost) => number): number =>
    rounded(median((turn) => of(turn[side]) / of(turn.du)));
  const seconds = (side: Side): number => rounded(median((turn) => turn[side].seconds));
  const rssMiB = Math.round(Math.max(...turns.map(({ round }) => round.rssMiB)));
  const figures = {
    files: tree.files,
    directories: tree.directories,
    ...{ duSeconds: seconds('du'), seconds: seconds('round'), commandSeconds: seconds('command') },
    ratio: ratio('round', (cost) => cost.seconds),
    cpuRatio: ratio('round', (cost) => cost.cpuSeconds),
    commandRatio: ratio('command', (cost) => cost.seconds),
    commandCpuRatio: ratio('command', (cost) => cost.cpuSeconds),
    rssMiB,
  };
  const faults = turns.flatMap(({ round }) => faultsOf(round, tree.directories));
  const comparison = {
    rate: 1 / median(({ round }) => round.seconds),
    cpuSeconds: median(({ round }) => round.cpuSeconds),
    rssMiB,
  };
  return { figures, notes: [], faults, comparison };
}

function faultsOf({ outcome }: UsageCost, directories: number): readonly string[] {
  const wanted = `${directories} directories measured`;
  const summary = outcome?.summary ?? 'nothing';
  return [
    ...(summary === wanted ? [] : [`the round says "${summary}", not "${wanted}"`]),
    ...(outcome?.troubles ?? []),
  ];
}

function configOf(destdir: string, statsDir: string, directory: string): string {
  const keys = {
    ...{ destdir, statsdir: statsDir, log_dir: path.join(directory, 'logs') },
    ...{
      results_baseurl: 'http://127.0.0.1:1/results',
      frontend_base_url: 'http://127.0.0.1:1',
      frontend_auth: 'bench',
    },
  };
  return ['[backend]', ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
}

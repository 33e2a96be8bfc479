import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { quantile, rounded } from './figures/statistics.js';
import type { Comparison, Measured, Report } from './subcommand.js';

/** The two checkouts: the one that contains this bench, and the other. */
export type Side = 'this' | 'against';

/** Why the product of the checkout at `directory` cannot be started; null if it can. */
export async function whyNotMeasurable(directory: string): Promise<string | null> {
  if (!existsSync(join(directory, 'bin', 'copr-backend.mjs'))) return 'it is not a checkout of copr-backend';
  if (!existsSync(join(directory, 'node_modules', '@temporalio', 'worker'))) return 'run `npm ci` there first';
  const isBuilt = existsSync(join(directory, 'dist', 'workflow-bundle.js')) && (await isCurrent(directory));
  return isBuilt ? null : 'run `npm run build` there first';
}

/**
 * Each checkout's own script knows whether its build is current. An installation without the script is already built.
 */
async function isCurrent(directory: string): Promise<boolean> {
  const script = join(directory, 'scripts', 'build-product.mjs');
  if (!existsSync(script)) return true;
  const { buildIsCurrent } = (await import(pathToFileURL(script).href)) as {
    readonly buildIsCurrent: (root: string) => boolean;
  };
  return buildIsCurrent(directory);
}

/** The value of `--against`, relative to the directory in which the command was given. */
export function againstDirectory(given: string): string {
  return isAbsolute(given) ? given : resolve(process.env['INIT_CWD'] ?? process.cwd(), given);
}

/**
 * The order of measurements: A-B, then B-A, and so on, so that a machine that changes meanwhile favours neither side.
 */
export function orderOfRuns(pairs: number): readonly Side[] {
  return Array.from({ length: pairs }, (_, pair): readonly Side[] =>
    pair % 2 === 0 ? ['this', 'against'] : ['against', 'this'],
  ).flat();
}

/**
 * Measures both sides in pairs of runs, one run after the other. The figures have each side's medians under `this` and
 * `against`, and the medians of the pairs' ratios, this checkout : the other. One worthless run makes the whole
 * comparison worthless.
 */
export async function measureAgainst(input: {
  readonly pairs: number;
  readonly say: (line: string) => void;
  readonly measure: (side: Side) => Promise<Measured>;
}): Promise<Report> {
  const runs: Record<Side, Measured[]> = { this: [], against: [] };
  const faults: string[] = [];
  const order = orderOfRuns(input.pairs);
  for (const [index, side] of order.entries()) {
    const name = `run ${index + 1} of ${order.length}, ${side === 'this' ? 'this checkout' : 'the other'}`;
    input.say(`== ${name}`);
    const measured = await input.measure(side);
    for (const note of measured.notes) input.say(note);
    faults.push(...measured.faults.map((fault) => `${name}: ${fault}`));
    runs[side].push(measured);
  }
  const ratios = runs.this.map(({ comparison }, index) => ratiosOf(comparison, runs.against[index]?.comparison));
  const middle = (key: keyof Comparison): number =>
    rounded(
      quantile(
        ratios.map((ratio) => ratio[key]),
        0.5,
      ),
      3,
    );
  const figures = {
    ...{ rateRatio: middle('rate'), cpuRatio: middle('cpuSeconds'), rssRatio: middle('rssMiB') },
    this: medians(runs.this.map((run) => run.figures)),
    against: medians(runs.against.map((run) => run.figures)),
  };
  const notes = ratios.map(
    ({ rate, cpuSeconds, rssMiB }, index) =>
      `pair ${index + 1}: rate ${rounded(rate, 3)}, CPU ${rounded(cpuSeconds, 3)}, memory ${rounded(rssMiB, 3)}`,
  );
  return { figures, notes, faults };
}

function ratiosOf(own: Comparison, other: Comparison | undefined): Comparison {
  const ratio = (key: keyof Comparison): number => own[key] / (other?.[key] ?? Number.NaN);
  return { rate: ratio('rate'), cpuSeconds: ratio('cpuSeconds'), rssMiB: ratio('rssMiB') };
}

/** Merges several objects with the same keys: medians of numbers, also inside objects; of anything else the first. */
export function medians(all: readonly object[]): object {
  const entries = all.map((one) => new Map<string, unknown>(Object.entries(one)));
  const keys = entries[0]?.keys() ?? [];
  return Object.fromEntries([...keys].map((key) => [key, median(entries.map((one) => one.get(key)))]));
}

function median(values: readonly unknown[]): unknown {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) return rounded(quantile(numbers, 0.5), 3);
  const objects = values.filter((value) => typeof value === 'object' && value !== null);
  return objects.length === values.length ? medians(objects) : values[0];
}

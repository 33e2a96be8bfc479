import { InvalidArgumentError, Option } from 'commander';
import { quantile, rounded } from '../figures/statistics.js';
import type { HeldStage } from './held-stages.js';

/** One measurement in one stage. */
export type Sample = { readonly stage: HeldStage; readonly seconds: number };

/** Median and largest, each as an object with a key for each stage, in the order of the samples. */
export function secondsPerStage(samples: readonly Sample[]): {
  readonly secondsMedian: Readonly<Record<string, number>>;
  readonly secondsMax: Readonly<Record<string, number>>;
} {
  const stages = [...new Set(samples.map(({ stage }) => stage))];
  const each = (figure: (seconds: readonly number[]) => number): Record<string, number> =>
    Object.fromEntries(
      stages.map((stage) => {
        const seconds = samples.filter((sample) => sample.stage === stage).map((sample) => sample.seconds);
        return [stage, rounded(figure(seconds))];
      }),
    );
  return {
    secondsMedian: each((seconds) => quantile(seconds, 0.5)),
    secondsMax: each((seconds) => Math.max(...seconds)),
  };
}

/** `--stages a,b`: some of `all`. */
export function stagesOption(all: readonly HeldStage[]): Option {
  return new Option('--stages <names>', `only these, separated by commas, of: ${all.join(', ')}`)
    .default(all, 'all')
    .argParser((text) => {
      const names = text.split(',').map((name) => name.trim());
      const unknown = names.find((name) => !(all as readonly string[]).includes(name));
      if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is not one of them.`);
      return all.filter((stage) => names.includes(stage));
    });
}

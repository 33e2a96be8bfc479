import { openInstallation, type Installation } from '../installation/installation.js';
import { warmUp } from '../installation/warm-up.js';
import type { BenchRun, Measured } from '../subcommand.js';
import { HELD_PROGRAMS, holdBuild, type HeldBuild, type HeldStage } from './held-stages.js';
import { secondsPerStage, type Sample } from './stage-samples.js';

export type StageOptions = {
  /** In each stage. */
  readonly samples: number;
  readonly stages: readonly HeldStage[];
  readonly keep?: boolean;
};

/** A build that is held in a stage. */
export type Standing = { readonly stage: HeldStage; readonly build: HeldBuild };

/** The measurements of a build on which something was done. */
export type StandingMeasured = {
  /** Duration of the measured operation. */
  readonly seconds: number;
  /** CPU of the worker, its programs and Temporal meanwhile. */
  readonly cpuSeconds: number;
  readonly workerRssMiB: number;
  readonly faults: readonly string[];
};

/** Brings builds into each of the stages, one after the other, and runs the measured operation on each. */
export async function measureStages(
  run: BenchRun,
  options: StageOptions,
  measure: (installation: Installation, standing: Standing) => Promise<StandingMeasured>,
): Promise<Measured> {
  const installation = await openInstallation(run, {
    ...{ builders: 2, limits: {}, packages: 1, programs: HELD_PROGRAMS, keep: options.keep === true },
  });
  const first = await warmUp(run, installation);
  const samples: Sample[] = [];
  const seen: StandingMeasured[] = [];
  const faults: string[] = [];
  for (const stage of options.stages) {
    for (let sample = 1; sample <= options.samples; sample += 1) {
      const build = await holdBuild(run, installation, { stage, first, sample });
      const measured = await measure(installation, { stage, build });
      seen.push(measured);
      samples.push({ stage, seconds: measured.seconds });
      run.say(`${stage}: ${measured.seconds.toFixed(2)} s`);
      faults.push(...measured.faults.map((fault) => `${stage}: ${fault}`));
    }
  }
  const sum = (of: (one: StandingMeasured) => number): number => seen.reduce((whole, one) => whole + of(one), 0);
  const comparison = {
    rate: seen.length / sum(({ seconds }) => seconds),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds) / seen.length,
    rssMiB: Math.max(...seen.map(({ workerRssMiB }) => workerRssMiB)),
  };
  return { figures: secondsPerStage(samples), notes: [], faults, comparison };
}

import type { Command } from 'commander';

/**
 * The figures by which two checkouts are compared, in every subcommand; bench/README.md says what each one measures.
 */
export type Comparison = {
  /** Operations per second. */
  readonly rate: number;
  /** CPU seconds per operation. */
  readonly cpuSeconds: number;
  /** Largest resident memory, in MiB, of the process that did them. */
  readonly rssMiB: number;
};

/** The output for the user. */
export type Report = {
  /** The one object of `--json`, keys as bench/README.md lists them. */
  readonly figures: object;
  /** Lines for people with facts that are not in the figures: where the time goes, what was run. */
  readonly notes: readonly string[];
  /** Why the figures are worthless; empty for a valid run. */
  readonly faults: readonly string[];
};

/** The result of a measurement. */
export type Measured = Report & { readonly comparison: Comparison };

/** Options that contradict each other: exit status 2. */
export class WrongUsage extends Error {}

/** The inputs of every subcommand. */
export type BenchRun = {
  /** This checkout: the bench, the playground, and the product unless another one is measured. */
  readonly root: string;
  /** The checkout whose product is measured; its packages are installed and its dist/ is built. */
  readonly product: string;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called in reverse order at the end, however the run ends. */
  readonly defer: (cleanUp: () => Promise<void>) => void;
};

/** One measurement; bench/subcommands.ts lists all of them. */
export type Subcommand = {
  readonly name: string;
  readonly description: string;
  /** Adds the options that only this one has. */
  readonly options: (command: Command) => Command;
  /** `options` are commander's values. Throws if it could not measure, WrongUsage if the options are impossible. */
  readonly run: (run: BenchRun, options: Readonly<Record<string, unknown>>) => Promise<Measured>;
};

import type { Command } from 'commander';

/** What two checkouts are compared by, whatever a subcommand measures; bench/README.md says what it is of each. */
export type Comparison = {
  /** Things done in a second. */
  readonly rate: number;
  /** CPU seconds that one of them took. */
  readonly cpuSeconds: number;
  /** Largest resident memory, in MiB, of the process that did them. */
  readonly rssMiB: number;
};

/** What is said to whoever measures. */
export type Report = {
  /** The one object of `--json`, keys as bench/README.md lists them. */
  readonly figures: object;
  /** Lines for people that the figures do not say: where the time goes, what was run. */
  readonly notes: readonly string[];
  /** Why the figures are worth nothing; empty for a valid run. */
  readonly faults: readonly string[];
};

/** What a measurement came to. */
export type Measured = Report & { readonly comparison: Comparison };

/** Options that contradict each other: exit status 2. */
export class WrongUsage extends Error {}

/** What every subcommand gets. */
export type BenchRun = {
  /** This checkout: the bench, the playground, and the product unless another one is measured. */
  readonly root: string;
  /** The checkout whose product is measured; packages are installed in it and dist/ is made. */
  readonly product: string;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called in reverse order at the end, however it comes. */
  readonly defer: (cleanUp: () => Promise<void>) => void;
};

/** One measurement; bench/subcommands.ts has the table of them. */
export type Subcommand = {
  readonly name: string;
  readonly description: string;
  /** Adds the options that only this one has. */
  readonly options: (command: Command) => Command;
  /** `options` are commander's values. Throws when it could not measure, WrongUsage when these cannot be. */
  readonly run: (run: BenchRun, options: Readonly<Record<string, unknown>>) => Promise<Measured>;
};
